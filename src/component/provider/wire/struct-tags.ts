/** Tags of the messages that a google.protobuf.Struct is made of. Source: google/protobuf/struct.proto. */
import { tagOf, wireTypes } from "./bytes";

const { varint, fixed64, delimited } = wireTypes;

export const structEntry = tagOf(1, delimited);
export const listValue = tagOf(1, delimited);
export const entryTags = { key: tagOf(1, delimited), value: tagOf(2, delimited) } as const;
export const valueTags = {
  null: tagOf(1, varint),
  number: tagOf(2, fixed64),
  text: tagOf(3, delimited),
  truth: tagOf(4, varint),
  struct: tagOf(5, delimited),
  list: tagOf(6, delimited),
} as const;
