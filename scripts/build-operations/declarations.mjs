// Reads tfjs-core's declarations: its operations, and the methods that tensors have.

import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { reduceType } from './types.mjs';

const core = new URL('./', import.meta.resolve('@tensorflow/tfjs-core/dist/index.js'));

async function parse(path) {
  const url = new URL(path, core);
  const { program, errors } = parseSync(fileURLToPath(url), await readFile(url, 'utf8'));
  if (errors.length > 0) throw new Error(`${path} doesn't parse: ${errors[0].message}`);
  return program.body;
}

const byGenerics = (node) =>
  new Map(
    (node?.params ?? [])
      .filter(({ constraint }) => constraint !== null)
      .map(({ name, constraint }) => [name.name, constraint]),
  );

function signatureOf(node) {
  const generics = byGenerics(node.typeParameters);
  const parameters = node.params.filter(({ name }) => name !== 'this');
  return {
    parameters: parameters.map((parameter) => parameterOf(parameter, generics)),
    returns: node.returnType
      ? reduceType(node.returnType.typeAnnotation, generics)
      : [{ kind: 'void' }],
  };
}

function parameterOf(parameter, generics) {
  const isRest = parameter.type === 'RestElement';
  const annotation = isRest
    ? (parameter.typeAnnotation ?? parameter.argument.typeAnnotation)
    : parameter.typeAnnotation;
  return {
    name: isRest ? parameter.argument.name : (parameter.name ?? 'options'),
    optional: parameter.optional === true,
    isRest,
    type: reduceType(annotation.typeAnnotation, generics),
  };
}

/** Signatures of a module's exported functions, by name; `undefined` for what can't be read. */
async function signaturesIn(path) {
  const statements = await parse(path);
  const functions = new Map(
    statements
      .map((statement) => statement.declaration ?? statement)
      .filter(({ type }) => type === 'TSDeclareFunction')
      .map((declaration) => [declaration.id.name, declaration]),
  );
  const exported = statements
    .filter(({ type }) => type === 'ExportNamedDeclaration')
    .flatMap(namesIn);
  return new Map(exported.map(([name, local]) => [name, functions.get(local)]));
}

/** Pairs of an exported name and the local function that it stands for. */
function namesIn({ declaration, specifiers }) {
  if (declaration === null) {
    return specifiers.map(({ local, exported }) => [exported.name, local.name]);
  }
  if (declaration.type === 'TSDeclareFunction') {
    return [[declaration.id.name, declaration.id.name]];
  }
  return (declaration.declarations ?? []).map(({ id }) => [
    id.name,
    id.typeAnnotation?.typeAnnotation.exprName?.name,
  ]);
}

/** Every function that tfjs calls an operation: name with its namespace → how to read its signature. */
export async function readOperations() {
  const operations = new Map();
  for (const statement of await parse('ops/ops.d.ts')) {
    if (statement.source) await addModule(operations, statement);
    else if (statement.type === 'VariableDeclaration') addNamespace(operations, statement);
  }
  const nested = { fused: 'ops/fused_ops.d.ts', math: 'math.d.ts', browser: 'ops/browser.d.ts' };
  for (const [namespace, path] of Object.entries(nested)) {
    for (const [name, node] of await reExported(path)) operations.set(`${namespace}.${name}`, node);
  }
  return new Map([...operations].map(([name, node]) => [name, () => signatureOf(node)]));
}

async function addModule(operations, statement) {
  const path = `ops/${statement.source.value.replace('./', '')}.d.ts`;
  if (statement.type === 'ImportDeclaration') return;
  const signatures = await signaturesIn(path);
  const names = statement.specifiers?.map(({ exported }) => exported.name) ?? signatures.keys();
  for (const name of names) {
    // Types are exported next to functions.
    if (/^[A-Z][a-z]|CellFunc/.test(name) || isHelper(statement, name)) continue;
    operations.set(name, signatures.get(name));
  }
}

/** Modules exported whole have helpers, which tfjs's documentation doesn't list. */
function isHelper(statement, name) {
  return (
    statement.type === 'ExportAllDeclaration' && /^(enclosingPowerOfTwo|cosineWindow)$/.test(name)
  );
}

function addNamespace(operations, statement) {
  for (const { id } of statement.declarations) {
    for (const member of id.typeAnnotation.typeAnnotation.members) {
      operations.set(`${id.name}.${member.key.name}`, member.typeAnnotation.typeAnnotation);
    }
  }
}

async function reExported(path) {
  const found = [...(await signaturesIn(path))].filter(([, node]) => node !== undefined);
  for (const statement of await parse(path)) {
    if (statement.type !== 'ImportDeclaration') continue;
    const base = new URL(`${statement.source.value}.d.ts`, new URL(path, core));
    const relative = base.href.slice(core.href.length);
    if (/types?\.d\.ts$|tensor/.test(relative)) continue;
    for (const entry of await signaturesIn(relative)) {
      if (statement.specifiers.some(({ local }) => local.name === entry[0])) found.push(entry);
    }
  }
  return found;
}

/** Methods of tensors: name → signature and the call that the method makes. */
export async function readMethods() {
  const folder = 'public/chained_ops/';
  const names = await readdir(new URL(folder, core));
  const methods = new Map();
  for (const file of names.filter((name) => name.endsWith('.d.ts')).sort()) {
    const calls = await callsIn(folder + file.replace('.d.ts', '.js'));
    for (const member of await interfaceIn(folder + file)) {
      const node = { ...member, params: member.params };
      methods.set(member.key.name, { ...signatureOf(node), call: calls.get(member.key.name) });
    }
  }
  return new Map([...methods].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function interfaceIn(path) {
  const modules = (await parse(path)).filter(({ type }) => type === 'TSModuleDeclaration');
  return modules.flatMap(({ body }) =>
    body.body
      .filter(({ type, id }) => type === 'TSInterfaceDeclaration' && id.name === 'Tensor')
      .flatMap((declaration) => declaration.body.body),
  );
}

/** What each method returns: the callee and its arguments, as syntax. */
async function callsIn(path) {
  const calls = new Map();
  for (const { expression } of await parse(path)) {
    if (expression?.type !== 'AssignmentExpression') continue;
    const returned = expression.right.body.body.findLast(({ type }) => type === 'ReturnStatement');
    calls.set(expression.left.property.name, {
      parameters: expression.right.params.map((parameter) => (parameter.left ?? parameter).name),
      callee: returned.argument.callee.name,
      arguments: returned.argument.arguments,
    });
  }
  return calls;
}
