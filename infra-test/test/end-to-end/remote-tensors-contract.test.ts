import { pointerContract } from '../../../client/test/pointers/contract/index.ts';
import { openFunctions } from './support/lambda-world.ts';

pointerContract('workers that are functions', openFunctions);
