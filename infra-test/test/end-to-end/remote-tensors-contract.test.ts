import { pointerContract } from '../../../client/test/pointers/contract/index.ts';
import { openLambdaWorld } from './support/lambda-world.ts';

pointerContract('workers that are functions', openLambdaWorld);
