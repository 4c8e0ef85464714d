// Types of tfjs's declarations, reduced to what the table and the pointers' signatures need.

const TENSOR = /^(Tensor([1-6]D)?|Scalar|NumericTensor)$/;
const TENSOR_LIKE = /^(TensorLike([1-6]D)?|ScalarLike)$/;
const ALIASES = {
  Activation: "'linear' | 'relu' | 'prelu' | 'elu' | 'relu6' | 'leakyrelu' | 'sigmoid'",
  ExplicitPadding: 'number[][]',
  Reduction: '0 | 1 | 2 | 3',
};

/** A reduced type: a union of `{ kind }` members. */
export function reduceType(node, generics) {
  switch (node.type) {
    case 'TSUnionType':
      return node.types.flatMap((type) => reduceType(type, generics));
    case 'TSNumberKeyword':
      return [{ kind: 'number' }];
    case 'TSBooleanKeyword':
      return [{ kind: 'boolean' }];
    case 'TSStringKeyword':
      return [{ kind: 'string' }];
    case 'TSLiteralType':
      return [{ kind: 'literal', value: node.literal.value }];
    case 'TSArrayType':
      return [{ kind: 'array', of: reduceType(node.elementType, generics) }];
    case 'TSTupleType':
      return [
        {
          kind: 'tuple',
          of: node.elementTypes.map((type) => reduceType(type, generics)),
        },
      ];
    case 'TSFunctionType':
      return [{ kind: 'callback' }];
    case 'TSIndexedAccessType':
      // ShapeMap[R] and DataTypeMap[R]: only shapes are parameters.
      return [{ kind: 'array', of: [{ kind: 'number' }] }];
    case 'TSTypeLiteral':
      return [{ kind: 'object', members: membersOf(node, generics) }];
    case 'TSImportType':
      return reduceReference(nameOf(node.qualifier), node.typeArguments, generics);
    case 'TSTypeReference':
      return reduceReference(nameOf(node.typeName), node.typeArguments, generics);
    case 'TSTypeOperator':
      return reduceType(node.typeAnnotation, generics);
    default:
      throw new Error(`tfjs declares a type that the generator doesn't know: ${node.type}`);
  }
}

function nameOf(node) {
  return node.type === 'TSQualifiedName' ? node.right.name : node.name;
}

function membersOf(node, generics) {
  return node.members.map((member) => ({
    name: member.key.name,
    optional: member.optional === true,
    type: reduceType(member.typeAnnotation.typeAnnotation, generics),
  }));
}

function reduceReference(name, typeArguments, generics) {
  if (generics.has(name)) return reduceType(generics.get(name), new Map());
  if (TENSOR.test(name)) return [{ kind: 'tensor' }];
  if (TENSOR_LIKE.test(name)) return [{ kind: 'like' }];
  if (name === 'DataType') return [{ kind: 'dtype' }];
  if (name === 'NamedTensorMap') return [{ kind: 'named' }];
  if (name === 'Array') {
    return [{ kind: 'array', of: reduceType(typeArguments.params[0], generics) }];
  }
  if (name === 'Promise') {
    return [{ kind: 'promise', of: reduceType(typeArguments.params[0], generics) }];
  }
  if (Object.hasOwn(ALIASES, name)) return parseAlias(ALIASES[name]);
  throw new Error(`tfjs uses a type that the generator doesn't know: ${name}`);
}

function parseAlias(text) {
  if (text === 'number[][]') {
    return [{ kind: 'array', of: [{ kind: 'array', of: [{ kind: 'number' }] }] }];
  }
  return text.split(' | ').map((value) => ({
    kind: 'literal',
    value: value.startsWith("'") ? value.slice(1, -1) : Number(value),
  }));
}

const isTensor = ({ kind }) => kind === 'tensor' || kind === 'like';

/** `tensor`, `tensor[]`, `tensor|tensor[]`, `callback` or `value`. */
export function parameterKind(type) {
  const isOne = type.some(isTensor);
  const isList = type.some(({ kind, of }) => kind === 'array' && of.some?.(isTensor));
  if (isList) return isOne ? 'tensor|tensor[]' : 'tensor[]';
  if (isOne) return 'tensor';
  return type.some(({ kind }) => kind === 'callback') ? 'callback' : 'value';
}

/** Forms that a value may have, as the table writes them. */
export function valueForms(type) {
  const forms = type.map((member) => {
    if (member.kind === 'literal') return JSON.stringify(member.value);
    if (member.kind === 'array') return `${valueForms(member.of)[0]}[]`;
    if (member.kind === 'tuple') return `${valueForms(member.of[0])[0]}[]`;
    if (member.kind === 'object') {
      return `{${member.members.map(({ name }) => name).join(',')}}`;
    }
    return member.kind;
  });
  return [...new Set(forms)];
}

/** TypeScript of a parameter or result of pointers; `Self` stands where tfjs has a tensor. */
export function renderType(type) {
  return [...new Set(type.map(renderMember))].join(' | ');
}

function renderMember(member) {
  switch (member.kind) {
    case 'tensor':
      return 'Self';
    case 'like':
      return 'Operand';
    case 'dtype':
      return 'DataType';
    case 'literal':
      return typeof member.value === 'string' ? `'${member.value}'` : String(member.value);
    case 'array': {
      const element = renderType(member.of);
      return element.includes('|') ? `(${element})[]` : `${element}[]`;
    }
    case 'tuple':
      return `[${member.of.map(renderType).join(', ')}]`;
    case 'promise':
      return renderType(member.of);
    case 'object':
      return `{ ${member.members.map(renderParameter).join('; ')} }`;
    default:
      return member.kind;
  }
}

export function renderParameter({ name, optional, type }) {
  return `${name}${optional ? '?' : ''}: ${renderType(type)}`;
}
