/**
 * Values as a google.protobuf.Struct, as JSON has them: what is undefined is left out, and what is no finite number is
 * null.
 */
import { isFields, type Fields } from "../../../validation/fields";
import { BackwardWriter } from "./backward-writer";
import { tagOf, wireTypes } from "./bytes";
import { entryTags, listValue, structEntry, valueTags } from "./struct-tags";

const writeValue = (writer: BackwardWriter, value: unknown): void => {
  if (typeof value === "string") {
    writer.text(value);
    writer.varint(valueTags.text);
  } else if (typeof value === "number" && Number.isFinite(value)) {
    // JSON knows no negative zero.
    writer.double(value + 0);
    writer.varint(valueTags.number);
  } else if (typeof value === "boolean") {
    writer.varint(value ? 1 : 0);
    writer.varint(valueTags.truth);
  } else if (Array.isArray(value)) {
    writer.message(valueTags.list, () => writeList(writer, value));
  } else if (isFields(value)) {
    writer.message(valueTags.struct, () => writeFields(writer, value));
  } else {
    writer.varint(0);
    writer.varint(valueTags.null);
  }
};

const writeList = (writer: BackwardWriter, values: readonly unknown[]): void => {
  for (const value of [...values].reverse()) writer.message(listValue, () => writeValue(writer, value));
};

const writeFields = (writer: BackwardWriter, fields: Fields): void => {
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value === undefined) continue;
    writer.message(structEntry, () => {
      writer.message(entryTags.value, () => writeValue(writer, value));
      writer.text(key);
      writer.varint(entryTags.key);
    });
  }
};

/** The Struct as a field of a message. */
export const structField = (number: number, fields: Fields): Buffer => {
  const writer = new BackwardWriter();
  writer.message(tagOf(number, wireTypes.delimited), () => writeFields(writer, fields));
  return writer.written();
};
