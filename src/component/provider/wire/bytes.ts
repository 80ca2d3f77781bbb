/**
 * The wire format of protocol buffers, read from front to back. Source: protobuf.dev/programming-guides/encoding.
 */

/** How the bytes of a field are told apart. Groups are no part of proto3. */
export const wireTypes = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/** A field's number and its wire type, as one varint on the wire. */
export const tagOf = (field: number, wireType: number): number => (field << 3) | wireType;

const truncated = (): Error => new Error("the message ends in the middle of a field");

/** 64 bits in groups of 7. */
const longestVarint = 10;

/** A place in a message. */
export class ByteReader {
  private at: number;

  public constructor(
    private readonly bytes: Buffer,
    start = 0,
    private readonly end: number = bytes.length,
  ) {
    this.at = start;
  }

  public get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** Exact up to 2^53: tags, lengths and truth values are all far below. */
  public varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < longestVarint; count += 1) {
      if (this.at >= this.end) throw truncated();
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    throw new Error("a number of the message has no end");
  }

  public double(): number {
    return this.bytes.readDoubleLE(this.skip(8));
  }

  public text(): string {
    const length = this.varint();
    const start = this.skip(length);
    return this.bytes.toString("utf8", start, start + length);
  }

  /** A message within this one. */
  public message(): ByteReader {
    const length = this.varint();
    const start = this.skip(length);
    return new ByteReader(this.bytes, start, start + length);
  }

  /** Leaves out a field that nobody knows. */
  public skipField(wireType: number): void {
    if (wireType === wireTypes.varint) this.varint();
    else if (wireType === wireTypes.fixed64) this.skip(8);
    else if (wireType === wireTypes.delimited) this.skip(this.varint());
    else if (wireType === wireTypes.fixed32) this.skip(4);
    else throw new Error(`the message has a field of wire type ${wireType}`);
  }

  private skip(length: number): number {
    const start = this.at;
    if (length > this.end - start) throw truncated();
    this.at = start + length;
    return start;
  }
}
