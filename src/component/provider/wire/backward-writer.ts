const firstBytes = 64 * 1024;

/** Writes a message from back to front, so that the length of each part is known where it has to be written. */
export class BackwardWriter {
  private bytes = Buffer.allocUnsafe(firstBytes);
  private start = firstBytes;

  public varint(value: number): void {
    const isLong = value >= 128;
    if (isLong) this.varint(Math.floor(value / 128));
    // Making room may replace the bytes, so the place comes first.
    const at = this.room(1);
    this.bytes[at] = isLong ? (value % 128) + 128 : value;
  }

  public double(value: number): void {
    const at = this.room(8);
    this.bytes.writeDoubleLE(value, at);
  }

  /** A text behind its length. */
  public text(value: string): void {
    const length = Buffer.byteLength(value);
    const at = this.room(length);
    this.bytes.write(value, at);
    this.varint(length);
  }

  /** A message behind its length and tag. */
  public message(tag: number, write: () => void): void {
    const before = this.length;
    write();
    this.varint(this.length - before);
    this.varint(tag);
  }

  /** All of it, from the front. */
  public written(): Buffer {
    return this.bytes.subarray(this.start);
  }

  private get length(): number {
    return this.bytes.length - this.start;
  }

  private room(length: number): number {
    if (length > this.start) {
      const written = this.written();
      const larger = Buffer.allocUnsafe(2 * this.bytes.length + length);
      written.copy(larger, larger.length - written.length);
      this.bytes = larger;
      this.start = larger.length - written.length;
    }
    this.start -= length;
    return this.start;
  }
}
