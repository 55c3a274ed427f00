/** Longest line that is looked at in one piece; a longer one is cut, so that a flood without line ends stays bounded. */
export const MAX_LINE = 8192;

const ESC = 0x1b;
const BEL = 0x07;
const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;
/** Final bytes of the control sequences that go to another line or clear the screen: CUU, CUD, CNL, CPL, CUP, HVP, VPA, ED. */
const LINE_CHANGES = [...'ABEFHfdJ'].map((char) => char.charCodeAt(0));

type State =
  | 'text'
  | 'escape' // behind ESC
  | 'csi' // ESC [ … up to a byte in @–~
  | 'string' // ESC ] P ^ _ X … up to BEL or ESC \
  | 'string-escape'; // ESC inside a string

/**
 * Turns the bytes of a serial line into lines of plain text, whatever pieces they come in: invalid UTF-8 becomes U+FFFD,
 * terminal control sequences (ECMA-48) and control characters are dropped, and LF, CR LF, a lone CR or a sequence that
 * moves the cursor to another line, as firmware has them in place of line ends, end a line.
 */
export class LineReader {
  private readonly decoder = new TextDecoder('utf-8');
  private state: State = 'text';
  private sequence = 0;
  private current = '';
  private endedByReturn = false;
  /** The line that is being read began behind a lone CR. */
  private over = false;

  /**
   * @param onLine gets each line, and whether it was written over the one before (which a lone CR ended)
   */
  constructor(private readonly onLine: (text: string, over: boolean) => void) {}

  /** The text of the line that has no end yet. */
  get partial(): string {
    return this.current;
  }

  feed(bytes: Uint8Array): void {
    this.text(this.decoder.decode(bytes, { stream: true }));
  }

  /** The output is over: what is left counts as a line. */
  end(): void {
    this.text(this.decoder.decode());
    if (this.current !== '') this.endLine();
  }

  private text(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (this.state !== 'text') {
        this.control(code);
      } else if (code >= 0x20 && (code < 0x7f || code > 0x9f)) {
        if (this.current === '') this.over = this.endedByReturn;
        this.current += text[i];
        this.endedByReturn = false;
        if (this.current.length >= MAX_LINE) this.endLine();
      } else if (code === ESC) {
        this.state = 'escape';
        this.sequence = 0;
      } else if (code === LF) {
        // The LF of CR LF ends nothing that the CR has not ended.
        if (!this.endedByReturn) this.endLine();
        this.endedByReturn = false;
      } else if (code === CR) {
        if (this.current !== '') {
          this.endLine();
          this.endedByReturn = true;
        }
      } else if (code === TAB) {
        this.current += '\t';
      }
    }
  }

  private endLine(): void {
    const line = this.current;
    this.current = '';
    this.onLine(line, this.over);
    this.over = false;
  }

  private control(code: number): void {
    // A sequence that never ends must not swallow the rest of the boot.
    if (++this.sequence > 256 || code === LF) {
      this.state = 'text';
      if (code === LF) this.endLine();
      return;
    }
    switch (this.state) {
      case 'escape':
        if (code === 0x5b) this.state = 'csi';
        else if ([0x5d, 0x50, 0x5e, 0x5f, 0x58].includes(code)) this.state = 'string';
        // Intermediate bytes, as in ESC ( B, are followed by one more.
        else if (code < 0x20 || code > 0x2f) this.state = 'text';
        break;
      case 'csi':
        if (code < 0x40 || code > 0x7e) break;
        this.state = 'text';
        if (LINE_CHANGES.includes(code) && this.current !== '') this.endLine();
        break;
      case 'string':
        if (code === BEL) this.state = 'text';
        else if (code === ESC) this.state = 'string-escape';
        break;
      case 'string-escape':
        this.state = code === 0x5c ? 'text' : 'string';
        break;
      case 'text':
    }
  }
}
