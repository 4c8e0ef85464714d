// Says in one sentence why an old Node can't run Tributary, before a syntax error would.
const required = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < required[0] || (major === required[0] && minor < required[1])) {
  process.stderr.write(
    `Tributary needs Node ${required.join('.')} or newer, got ${process.versions.node}; install a newer Node (https://nodejs.org) and run again\n`,
  );
  process.exit(1);
}
