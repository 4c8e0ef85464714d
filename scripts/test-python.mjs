// Opens the committed files with Python's safetensors, compares its readings of odd files with ours, and lets devices in Python take part in rounds on
// this machine, in a virtual environment under .cache/.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PACKAGES = ['safetensors==0.8.0', 'numpy==2.4.6', 'requests==2.34.2'];
// Named by its packages, so that an older one is not taken for it.
const environment = `.cache/python-${PACKAGES.join('-').replaceAll('==', '-')}`;
const run = (command, ...parameters) => execFileSync(command, parameters, { stdio: 'inherit' });

try {
  if (!existsSync(environment)) {
    run('python3', '-m', 'venv', environment);
    run(`${environment}/bin/pip`, 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES);
  }
} catch (cause) {
  throw new Error(
    'Making the Python environment failed; this suite needs python3 with venv and PyPI, npm test does not',
    { cause },
  );
}
const python = `${environment}/bin/python`;
run(python, 'client/test/protocol/fixtures/check_with_python.py');
const runProgram = (file) =>
  run(process.execPath, '-C', 'tributary-source', '--import', 'tsx', file, python);
runProgram('infra-test/src/python/compare-files.ts');
runProgram('infra-test/src/python/main.ts');
