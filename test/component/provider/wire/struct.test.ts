import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { asSecret, unknownValue, writeStruct } from "../../../../src/component/provider/properties";
import { ByteReader } from "../../../../src/component/provider/wire/bytes";
import { readStruct } from "../../../../src/component/provider/wire/read-struct";
import { structField } from "../../../../src/component/provider/wire/write-struct";
import type { Fields } from "../../../../src/validation/fields";

/** A field that nobody knows, of each wire type. */
const unknownFields = [
  [0xf8, 0x01, 0xff, 0xff, 0x7f],
  [0xf9, 0x01, 1, 2, 3, 4, 5, 6, 7, 8],
  [0xfa, 0x01, 3, 97, 98, 99],
  [0xfd, 0x01, 1, 2, 3, 4],
];

const read = (bytes: Uint8Array | readonly number[]): Fields => readStruct(new ByteReader(Buffer.from(bytes)));

/** The Struct in the only field of a message. */
const inField = (bytes: Buffer): Fields => {
  const reader = new ByteReader(bytes);
  expect(reader.varint()).toBe((3 << 3) | 2);
  return readStruct(reader.message());
};

const fields = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 5, stringUnit: "binary" }), {
  maxKeys: 12,
});

const hosts: Fields = {
  none: null,
  empty: "",
  numbers: [0, -0, 1.5, -2e300, Number.MAX_SAFE_INTEGER, 5e-324],
  truths: [true, false],
  lists: [[], [[["deep"]]], {}, [null]],
  "": "an empty key",
  constructor: { toString: "text", hasOwnProperty: 1 },
  10: "a number as a key",
  2: "and a smaller one",
  text: "ä 漢 🦀 \u0000 \ud7ff",
  long: "x".repeat(200_000),
  secret: asSecret("hidden"),
  unknown: unknownValue,
};

/** NaN and the infinities, which JSON does not have. */
const withoutJson = () => {
  const struct = new Struct();
  struct.getFieldsMap().set("a", new Value().setNumberValue(NaN)).set("b", new Value().setNumberValue(-Infinity));
  return struct;
};

describe("a Struct is read from its bytes as google-protobuf reads it", () => {
  it("whatever it holds", () => {
    fc.assert(
      fc.property(fields, (value) => {
        const bytes = Struct.fromJavaScript(value).serializeBinary();
        const theirs = Struct.deserializeBinary(bytes).toJavaScript();
        expect(read(bytes)).toStrictEqual(theirs);
        expect(JSON.stringify(read(bytes))).toBe(JSON.stringify(theirs));
      }),
    );
  });

  it("with nulls, nested lists, secrets, unknown values and keys that every object has", () => {
    const bytes = writeStruct(hosts).serializeBinary();
    expect(isDeepStrictEqual(read(bytes), Struct.deserializeBinary(bytes).toJavaScript())).toBe(true);
  });

  it("with numbers that JSON does not have", () => {
    expect(read(withoutJson().serializeBinary())).toStrictEqual({ a: NaN, b: -Infinity });
  });

  it("with the last value of a key that comes twice", () => {
    const twice = ["first", "last"].flatMap((key) => [...writeStruct({ key }).serializeBinary()]);
    expect(read(twice)).toStrictEqual(Struct.deserializeBinary(Uint8Array.from(twice)).toJavaScript());
    expect(read(twice)).toStrictEqual({ key: "last" });
  });

  it("and a key of the name __proto__, which google-protobuf loses, is a key as any other", () => {
    const value: unknown = read([10, 18, 10, 9, ...Buffer.from("__proto__"), 18, 5, 26, 3, ...Buffer.from("abc")]);
    expect(Object.entries(value as Fields)).toStrictEqual([["__proto__", "abc"]]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it.each(unknownFields)("without a field that nobody knows, of tag %d %d", (...unknown) => {
    const value = [26, 1, 97, ...unknown];
    const entry = [10, 1, 107, ...unknown, 18, value.length, ...value];
    expect(read([...unknown, 10, entry.length, ...entry, ...unknown])).toStrictEqual({ k: "a" });
  });

  it("and one that is cut anywhere but between two keys is an error", () => {
    const bytes = writeStruct({ key: ["text", 1, true, null, { inner: {} }] }).serializeBinary();
    for (let length = 1; length < bytes.length; length += 1)
      expect(() => read(bytes.subarray(0, length))).toThrow("the message ends in the middle of a field");
  });

  it.each([
    ["a length without an end", [10, ...Array<number>(11).fill(255)], "a number of the message has no end"],
    ["a length beyond the end", [10, 255, 255, 255, 255, 15], "the message ends in the middle of a field"],
    ["a group", [11], "the message has a field of wire type 3"],
    ["a value of no kind", [10, 5, 10, 1, 107, 18, 0], "the message holds a value of no known kind"],
    ["a key without a value", [10, 3, 10, 1, 107], "the message holds a key without a value"],
  ])("and %s is an error", (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(message);
  });
});

describe("values become a Struct as google-protobuf writes it", () => {
  const theirs = (value: Fields): Fields =>
    Struct.deserializeBinary(writeStruct(value).serializeBinary()).toJavaScript();

  it("whatever they are", () => {
    fc.assert(
      fc.property(fields, (value) => {
        expect(inField(structField(3, value))).toStrictEqual(theirs(value));
      }),
    );
  });

  it("with nulls, nested lists, secrets, unknown values and keys that every object has", () => {
    expect(isDeepStrictEqual(inField(structField(3, hosts)), theirs(hosts))).toBe(true);
  });

  it("as JSON has them: nothing of what is undefined, and null for what is no number", () => {
    const value = { left: undefined, inner: { left: undefined, list: [undefined, NaN, Infinity, 1] } };
    expect(inField(structField(3, value))).toStrictEqual({ inner: { list: [null, null, null, 1] } });
    expect(inField(structField(3, value))).toStrictEqual(theirs(value));
  });

  it("also a thousand hosts, and text that is longer than all before", () => {
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`h${index}`, { host: `10.0.0.${index}` }]),
    );
    const value = { many, long: "ä".repeat(100_000) };
    expect(inField(structField(3, value))).toStrictEqual(theirs(value));
  });
});

test("a message that outgrows its first 64 KiB is the same, wherever the end of them falls", () => {
  for (let length = 65_400; length < 65_560; length += 1) {
    const large: Fields = { truth: true, text: "x".repeat(length), number: 1 };
    expect(isDeepStrictEqual(inField(structField(3, large)), large)).toBe(true);
  }
});

test("a thousand hosts are read as they were written", () => {
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [`h${index}`, { host: `192.0.2.${index}`, hostKey: "k".repeat(80) }]),
  );
  expect(isDeepStrictEqual(inField(structField(3, { hosts: many })), { hosts: many })).toBe(true);
});
