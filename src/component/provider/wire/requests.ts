/**
 * The requests that carry the values of a wave, of a thousand hosts perhaps, as values: what the methods use of them,
 * with the field numbers of pulumi/proto/pulumi/provider.proto.
 */
import type { Fields } from "../../../validation/fields";
import { ByteReader, tagOf, wireTypes } from "./bytes";
import { readStruct } from "./read-struct";

/** A field of a request; `before` is what came earlier, at first the value of a field that is not there. */
interface Field<Value> {
  readonly tag: number;
  readonly absent: Value;
  read(reader: ByteReader, before: Value): Value;
}

const text = (number: number): Field<string> => ({
  tag: tagOf(number, wireTypes.delimited),
  absent: "",
  read: (reader) => reader.text(),
});

const texts = (number: number): Field<readonly string[]> => ({
  tag: tagOf(number, wireTypes.delimited),
  absent: [],
  read: (reader, before) => [...before, reader.text()],
});

const truth = (number: number): Field<boolean> => ({
  tag: tagOf(number, wireTypes.varint),
  absent: false,
  read: (reader) => reader.varint() !== 0,
});

const values = (number: number): Field<Fields> => ({
  tag: tagOf(number, wireTypes.delimited),
  absent: {},
  read: (reader) => readStruct(reader.message()),
});

type Request<Shape> = { readonly [Key in keyof Shape]: Shape[Key] extends Field<infer Value> ? Value : never };

/** Reads the fields of the shape; whatever else a request holds is left out. */
const reads = <Shape extends Readonly<Record<string, Field<unknown>>>>(shape: Shape) => {
  const fields = Object.entries(shape);
  const byTag = new Map(fields.map(([key, field]) => [field.tag, { key, field }]));
  return (bytes: Buffer): Request<Shape> => {
    const request: Record<string, unknown> = {};
    for (const [key, { absent }] of fields) request[key] = absent;
    const reader = new ByteReader(bytes);
    while (!reader.isAtEnd) {
      const tag = reader.varint();
      const known = byTag.get(tag);
      if (known === undefined) reader.skipField(tag & 7);
      else request[known.key] = known.field.read(reader, request[known.key]);
    }
    return request as Request<Shape>;
  };
};

/** By method: a request from its bytes. An input that ends too early is an error. */
export const requestReaders = {
  check: reads({ urn: text(1), olds: values(2), news: values(3) }),
  diff: reads({ urn: text(2), olds: values(3), news: values(4), ignoreChanges: texts(5), oldInputs: values(6) }),
  create: reads({ urn: text(1), properties: values(2), preview: truth(4) }),
  update: reads({
    ...{ id: text(1), urn: text(2), olds: values(3), news: values(4), preview: truth(7), oldInputs: values(8) },
  }),
  read: reads({ id: text(1), urn: text(2), properties: values(3), inputs: values(4) }),
  delete: reads({ urn: text(2), properties: values(3), oldInputs: values(5) }),
  invoke: reads({ token: text(1), args: values(2) }),
};

type Readers = typeof requestReaders;

/** The requests by method. */
export type Requests = { readonly [Method in keyof Readers]: ReturnType<Readers[Method]> };
