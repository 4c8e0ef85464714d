"""Writes odd safetensors files, and what the reference implementation reads of each, into a folder.

    python odd_files.py FOLDER

Each case is a file NAME.safetensors; verdicts.json has by name `null` where the reference refuses the
file, else its metadata and its tensors with dtype, shape and the hex digits of their bytes.
"""

import json
import struct
import sys
from pathlib import Path

from safetensors import deserialize, safe_open

DTYPES = {
    "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32, "I32": 32,
    "F32": 32, "U64": 64, "I64": 64, "F64": 64, "C64": 64, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip
NO_DTYPES = ["f32", "float32", "F32 ", " F32", "", "F128", "C128", "U4", "I4", "F8", "F8_E4M3FN", "null", "F\\u00332"]

CASES = {}


def case(name, header, data=b"", length=None):
    """`header` is text or bytes, taken as it is; `length` what the file states of it."""
    assert name not in CASES, name
    raw = header if isinstance(header, bytes) else header.encode()
    CASES[name] = struct.pack("<Q", len(raw) if length is None else length) + raw + data


def entry(dtype="F32", shape="[1]", offsets="[0,4]", more=""):
    return f'{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}{more}}}'


def one(name, key="a", data=b"\1\2\3\4", **fields):
    """A file of one tensor."""
    case(name, f'{{"{key}":{entry(**fields)}}}', data)


def dtypes():
    for dtype, bits in DTYPES.items():
        for count in (0, 1, 3, 4, 8):
            size = count * bits // 8
            fields = {"dtype": dtype, "shape": f"[{count}]", "offsets": f"[0,{size}]"}
            one(f"dtype-{dtype}-{count}", data=bytes(range(size)), **fields)
    for at, dtype in enumerate(NO_DTYPES):
        one(f"no-dtype-{at}", dtype=dtype)
    for at, value in enumerate(["null", "3", '{"F32":null}', '["F32"]', "true"]):
        case(f"dtype-value-{at}", f'{{"a":{{"dtype":{value},"shape":[1],"data_offsets":[0,4]}}}}', bytes(4))


def metadata():
    texts = {
        "null": "null", "empty": "{}", "one": '{"k":"v"}', "number": '{"k":1}', "null-value": '{"k":null}',
        "list": "[]", "list-of-pairs": '[["k","v"]]', "text": '"k"', "true": "true", "nested": '{"k":{"a":"b"}}', "key-twice": '{"k":"v","k":"v"}',
        "escaped-twice": '{"k":"v","\\u006b":"w"}', "unicode": '{"ü":"😀\\ud83d\\ude00"}', "lone": '{"k":"\\ud800"}',
        "proto": '{"__proto__":"v","constructor":"w"}', "NaN": "NaN", "nul": '{"k":"\\u0000"}', "newline": '{"k":"\n"}',
        "empty-key": '{"":""}', "tensor-like": '{"dtype":"F32"}',
    }  # fmt: skip
    for name, text in texts.items():
        case(f"metadata-{name}", f'{{"__metadata__":{text},"a":{entry()}}}', b"\1\2\3\4")
        case(f"metadata-{name}-alone", f'{{"__metadata__":{text}}}')
    case("metadata-last", f'{{"a":{entry()},"__metadata__":{{"k":"v"}}}}', bytes(4))
    case("metadata-in-twice", '{"__metadata__":{"k":"v"},"__metadata__":{"k":"v"}}')
    case("metadata-twice-null", '{"__metadata__":null,"__metadata__":null}')
    case("metadata-twice-escaped", '{"__metadata__":{"k":"v"},"\\u005f_metadata__":{"k":"v"}}')
    case("metadata-escaped", '{"\\u005f_metadata__":{"k":"v"}}')
    case("metadata-other-case", '{"__METADATA__":{"k":"v"}}')


def shapes():
    good = {"scalar": ("[]", 4), "zero": ("[0]", 0), "zeros": ("[0,0]", 0), "zero-last": ("[3,0]", 0), "ones": ("[1,1,1]", 4)}
    for name, (shape, size) in good.items():
        one(f"shape-{name}", data=bytes(size), shape=shape, offsets=f"[0,{size}]")
    for rank in (7, 8, 9, 32, 64):
        one(f"rank-{rank}", shape=json.dumps([1] * rank))
    odd = ["1", "null", '"[1]"', "{}", "[1.0]", "[1e0]", "[-1]", "[-0]", "[01]", "[+1]", "[0x1]", '["1"]', "[true]", "[null]", "[[1]]", "[1,]", "[ 1 ]", "[\t1\n]"]
    for at, shape in enumerate(odd):
        one(f"shape-odd-{at}", shape=shape)
    for at, size in enumerate([2**31, 2**32, 2**53 - 1, 2**53, 2**62, 2**63, 2**64 - 1, 2**64, 10**30]):
        one(f"dimension-{at}", data=b"", shape=f"[{size}]", offsets="[0,0]")
        one(f"dimension-{at}-then-0", data=b"", shape=f"[{size},0]", offsets="[0,0]")
        one(f"0-then-dimension-{at}", data=b"", shape=f"[0,{size}]", offsets="[0,0]")
        one(f"dimension-{at}-twice", data=b"", shape=f"[{size},{size}]", offsets="[0,0]")


def offsets():
    odd = ["null", "0", "[]", "[0]", "[0,4,4]", "[0,4.0]", "[0.0,4]", "[0,4e0]", "[-0,4]", "[0,-4]", "[4,0]", "[4,8]", "[0,3]", "[0,5]", "[1,5]", '["0","4"]', "{}", "[0,99999999999999999999]", "[18446744073709551612,18446744073709551616]", "[0,1e400]"]
    for at, pair in enumerate(odd):
        one(f"offsets-odd-{at}", offsets=pair)
    a, b = entry(), entry(offsets="[4,8]")
    case("two", f'{{"a":{a},"b":{b}}}', bytes(range(8)))
    case("two-unsorted", f'{{"b":{b},"a":{a}}}', bytes(range(8)))
    case("hole-first", f'{{"a":{b}}}', bytes(8))
    case("hole-between", f'{{"a":{a},"b":{entry(offsets="[8,12]")}}}', bytes(12))
    case("overlap", f'{{"a":{a},"b":{entry(offsets="[2,6]")}}}', bytes(6))
    case("same-bytes", f'{{"a":{a},"b":{a}}}', bytes(4))
    case("data-short", f'{{"a":{a},"b":{b}}}', bytes(7))
    case("data-none", f'{{"a":{a}}}')
    case("data-long", f'{{"a":{a}}}', bytes(5))
    case("data-long-by-8", f'{{"a":{a}}}', bytes(12))
    case("data-of-nothing", "{}", bytes(1))
    for name, at in {"begin": 0, "between": 4, "end": 8, "within": 2, "beyond": 12}.items():
        empty = entry(shape="[0]", offsets=f"[{at},{at}]")
        case(f"empty-at-{name}", f'{{"a":{a},"b":{b},"e":{empty}}}', bytes(range(8)))
        case(f"empty-first-at-{name}", f'{{"e":{empty},"a":{a},"b":{b}}}', bytes(range(8)))
    many = ",".join(f'"e{at}":{entry(shape="[0]", offsets="[4,4]")}' for at in range(3))
    case("empties-at-the-end", f'{{{many},"a":{a}}}', bytes(4))
    case("empty-in-reverse", f'{{"e":{entry(shape="[0]", offsets="[4,0]")},"a":{a}}}', bytes(4))


def entries():
    odd = ["null", "3", "[]", '["F32",[1],[0,4]]', '["F32",[1],[0,4],1]', '"F32"', "{}", '{"dtype":"F32"}', '{"dtype":"F32","shape":[1]}', '{"shape":[1],"data_offsets":[0,4]}', '{"dtype":"F32","data_offsets":[0,4]}']
    for at, value in enumerate(odd):
        case(f"entry-odd-{at}", f'{{"a":{value}}}', bytes(4))
    more = ["1", "null", "[1,2]", '"x"', "1e400", "-1e400", "NaN", "Infinity", "1e-400", "123456789012345678901234567890", "01", "1.", ".5", "+1", '"\\ud800"', '"\\x"', '"\t"', '{"a":1,"a":2}', "tru", "[1,]", '{"a":1,}', "'x'", "/**/1"]
    for at, value in enumerate(more):
        one(f"field-odd-{at}", more=f',"more":{value}')
    for depth in (29, 30, 31, 32, 60, 124, 130, 1000):
        one(f"field-depth-{depth}", more=f',"more":{"[" * depth}{"]" * depth}')
    for field in ('"dtype":"F32"', '"shape":[1]', '"data_offsets":[0,4]', '"d\\u0074ype":"F32"'):
        one(f"field-twice-{field[1:5]}-{len(field)}", more=f",{field}")
    one("field-unknown-twice", more=',"x":1,"x":2')
    case("fields-reversed", '{"a":{"data_offsets":[0,4],"shape":[1],"dtype":"F32"}}', bytes(4))
    case("field-escaped", '{"a":{"d\\u0074ype":"F32","shape":[1],"data_offsets":[0,4]}}', bytes(4))


def names():
    for at, key in enumerate(["", " ", "ü", "😀", "\\ud83d\\ude00", "a\\u0000b", "\\n", "__proto__", "constructor", "0", "\\/", "/", "..", "ａ", "e\u0301", "\u202eevil", "\x7f"]):
        one(f"name-{at}", key=key)
    for at, key in enumerate(["\\ud800", "\\udc00\\ud800", "\\x41", "\n", "\t", "\x01", "\\u00e", "\\ud83d"]):
        one(f"name-bad-{at}", key=key)
    for size in (511, 512, 513, 5000):
        one(f"name-of-{size}", key="n" * size)
    one("name-of-512-in-ü", key="ü" * 256)
    one("name-of-514-in-ü", key="ü" * 257)
    case("name-twice-equal", f'{{"a":{entry()},"a":{entry()}}}', bytes(4))
    case("name-twice", f'{{"a":{entry()},"a":{entry(offsets="[4,8]")}}}', bytes(8))
    case("name-twice-escaped", f'{{"a":{entry()},"\\u0061":{entry()}}}', bytes(4))
    case("name-not-utf-8", b'{"\xff":' + entry().encode() + b"}", bytes(4))
    case("name-overlong", b'{"\xc1\xa1":' + entry().encode() + b"}", bytes(4))
    case("name-surrogate-in-utf-8", b'{"\xed\xa0\x80":' + entry().encode() + b"}", bytes(4))
    for count in (10_000, 10_001):
        empty = entry(shape="[0]", offsets="[0,0]")
        case(f"tensors-{count}", "{" + ",".join(f'"t{at}":{empty}' for at in range(count)) + "}")


def headers():
    a = f'{{"a":{entry()}}}'
    odd = {
        "empty": "", "space": " ", "object": "{}", "list": "[]", "null": "null", "number": "1", "text": '"{}"',
        "space-first": f" {a}", "newline-first": f"\n{a}", "bom": f"\ufeff{a}", "padded": f"{a}     ", "newline-last": f"{a}\n",
        "tab-last": f"{a}\t\r", "nul-last": f"{a}\0", "text-last": f"{a}x", "object-last": f"{a}{{}}", "comma-last": f"{a},", "form-feed-last": f"{a}\f",
        "nbsp-last": f"{a}\u00a0", "spaces-inside": a.replace(":", " : ").replace(",", " ,\n\t"), "open": a[:-1], "trailing-comma": f"{a[:-1]},}}", "comment": f"{a[:-1]}/**/}}", "single-quotes": a.replace('"', "'"),
    }  # fmt: skip
    for name, text in odd.items():
        case(f"header-{name}", text, b"\1\2\3\4")
        case(f"header-{name}-no-data", text)
    for at, length in enumerate([0, 1, len(a) - 1, len(a) + 1, len(a) + 4, len(a) + 5, 2**31, 2**53, 2**63, 2**64 - 1]):
        case(f"header-length-{at}", a, bytes(4), length=length)
    for size in range(8):
        CASES[f"file-of-{size}"] = bytes(size)
    CASES["file-of-8"] = bytes(8)
    for size in (8 * 2**20, 8 * 2**20 + 8, 100_000_000, 100_000_001):
        case(f"header-of-{size}", f"{a}{' ' * (size - len(a))}", bytes(4))


def verdict(path):
    """What the reference reads of a file; `None` where it refuses it."""
    try:
        with safe_open(path, framework="numpy") as opened:
            metadata = opened.metadata() or {}
        tensors = {
            name: {"dtype": found["dtype"], "shape": [str(size) for size in found["shape"]], "data": found["data"].hex()}
            for name, found in deserialize(path.read_bytes())
        }
        return {"metadata": metadata, "tensors": tensors}
    except Exception:  # noqa: BLE001 - refusals have several types
        return None


def main():
    folder = Path(sys.argv[1])
    for group in (dtypes, metadata, shapes, offsets, entries, names, headers):
        group()
    verdicts = {}
    for name, content in CASES.items():
        path = folder / f"{name}.safetensors"
        path.write_bytes(content)
        verdicts[name] = verdict(path)
    (folder / "verdicts.json").write_text(json.dumps(verdicts))


main()
