/**
 * A google.protobuf.Struct from its bytes. The objects that google-protobuf makes first, one for each value, take ten
 * times as long as the values.
 */
import type { Fields } from "../../../validation/fields";
import type { ByteReader } from "./bytes";
import { entryTags, listValue, structEntry, valueTags } from "./struct-tags";

const readValue = (reader: ByteReader): unknown => {
  let value: unknown;
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    if (tag === valueTags.text) value = reader.text();
    else if (tag === valueTags.struct) value = readStruct(reader.message());
    else if (tag === valueTags.number) value = reader.double();
    else if (tag === valueTags.truth) value = reader.varint() !== 0;
    else if (tag === valueTags.list) value = readList(reader.message());
    else if (tag === valueTags.null) {
      reader.varint();
      value = null;
    } else reader.skipField(tag & 7);
  }
  if (value === undefined) throw new Error("the message holds a value of no known kind");
  return value;
};

const readList = (reader: ByteReader): readonly unknown[] => {
  const values: unknown[] = [];
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    if (tag === listValue) values.push(readValue(reader.message()));
    else reader.skipField(tag & 7);
  }
  return values;
};

const readEntry = (reader: ByteReader): readonly [string, unknown] => {
  let key = "";
  let value: unknown;
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    if (tag === entryTags.key) key = reader.text();
    else if (tag === entryTags.value) value = readValue(reader.message());
    else reader.skipField(tag & 7);
  }
  if (value === undefined) throw new Error("the message holds a key without a value");
  return [key, value];
};

/** The keys in the order of their text, because on the wire they have none. Of a key that comes twice the last counts. */
export const readStruct = (reader: ByteReader): Fields => {
  const entries: (readonly [string, unknown])[] = [];
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    if (tag === structEntry) entries.push(readEntry(reader.message()));
    else reader.skipField(tag & 7);
  }
  // Every key is one of the object's own, whatever it is called.
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)));
};
