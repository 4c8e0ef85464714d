import { pointerContract } from './contract/index.ts';
import { openVirtualWorld } from './virtual-world.ts';

pointerContract('virtual workers', openVirtualWorld);
