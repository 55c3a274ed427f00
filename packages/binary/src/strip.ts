import { FormatError } from './byte-reader';
import { ET_DYN, ET_EXEC, SHF_ALLOC, SHT_NOBITS } from './constants';
import type { Elf, Section } from './elf';

const EHDR_SIZE = 64;
const SHDR_SIZE = 64;
const SHT_STRTAB = 3;
// Section numbers from here on need section header 0 (System V ABI, "Special Sections").
const SHN_LORESERVE = 0xff00;

/** A header of the new section table; without a source it is an unused place. */
interface NewSection {
  name: string;
  source?: Section;
  bytes?: Uint8Array;
}

/**
 * Removes the symbol table and debug information from a linked file of 64 bits, little endian.
 * What a loader reads stays byte for byte where it was: program headers, every segment's part of the file, and the header
 * but for its fields about sections.
 * Kept besides: headers of the sections that are loaded, under their old numbers (`.dynsym` refers to them), and `.comment`,
 * which says who compiled the file. Bytes that belong to nothing become 0, so equal programs give equal files.
 *
 * @throws {FormatError} if the file is damaged, is not linked, or is of another class or byte order.
 */
export function stripElf(elf: Elf): Uint8Array {
  const refuse = (reason: string): never => {
    throw new FormatError(`cannot strip: ${reason}`, 0, { file: elf.file });
  };
  if (elf.bits !== 64 || !elf.littleEndian) refuse('only 64-bit little-endian files can be stripped');
  if (elf.type !== ET_EXEC && elf.type !== ET_DYN) refuse('the file is not linked');
  const header = new DataView(elf.bytes.buffer, elf.bytes.byteOffset, EHDR_SIZE);

  const image = loadedImage(
    elf,
    Number(header.getBigUint64(32, true)),
    elf.segments.length * header.getUint16(54, true),
  );
  const sections = keptSections(elf);
  if (sections.length === 0) return finish([image], 0, 0, 0);
  if (sections.length >= SHN_LORESERVE) refuse(`${sections.length} loaded sections are too many`);

  const names = sectionNames(sections);
  sections[sections.length - 1]!.bytes = names.bytes;
  const table = new Uint8Array(sections.length * SHDR_SIZE);
  const parts = [image];
  let end = image.length;
  sections.forEach((section, index) => {
    const view = new DataView(table.buffer, index * SHDR_SIZE, SHDR_SIZE);
    if (section.bytes) {
      writeSectionHeader(view, names.offsets[index]!, {
        section: section.source,
        offset: end,
        size: section.bytes.length,
      });
      parts.push(section.bytes);
      end += section.bytes.length;
    } else if (section.source) {
      const { source } = section;
      const linked = sections[source.link];
      const link = linked?.source && !linked.bytes ? source.link : 0;
      writeSectionHeader(view, names.offsets[index]!, {
        section: { ...source, link },
        offset: source.offset,
        size: source.size,
      });
    }
  });
  const padding = -end & 7;
  return finish([...parts, new Uint8Array(padding), table], end + padding, sections.length, sections.length - 1);
}

/** Everything that a loader may read, at its old place. */
function loadedImage(elf: Elf, phoff: number, phsize: number): Uint8Array {
  const kept: { from: number; bytes: Uint8Array }[] = [
    { from: 0, bytes: elf.bytes.subarray(0, EHDR_SIZE) },
    { from: phsize === 0 ? 0 : phoff, bytes: elf.bytes.subarray(phoff, phoff + phsize) },
    // An empty segment may point at the end of the file: that place stays inside.
    ...elf.segments
      .filter((segment) => segment.fileSize > 0 || segment.offset <= elf.bytes.length)
      .map((segment) => ({ from: segment.offset, bytes: elf.segmentBytes(segment) })),
  ];
  const image = new Uint8Array(Math.max(...kept.map(({ from, bytes }) => from + bytes.length)));
  for (const { from, bytes } of kept) image.set(bytes, from);
  return image;
}

/** The new section table: loaded sections under their old numbers, then `.comment`, then the table of names. */
function keptSections(elf: Elf): NewSection[] {
  if (elf.sections.length === 0) return [];
  const covered = ({ type, offset, size }: Section) =>
    type === SHT_NOBITS || elf.segments.some((s) => offset >= s.offset && offset + size <= s.offset + s.fileSize);
  const isLoaded = (section: Section) => (section.flags & BigInt(SHF_ALLOC)) !== 0n;
  const loaded = new Set(elf.sections.filter((section) => isLoaded(section) && covered(section)));
  const last = [...loaded].at(-1)?.index ?? 0;
  const sections: NewSection[] = elf.sections
    .slice(0, last + 1)
    .map((section) => (loaded.has(section) ? { name: section.name, source: section } : { name: '' }));
  const comment = elf.sections.find((section) => section.name === '.comment' && !isLoaded(section));
  if (comment) {
    sections.push({ name: '.comment', source: { ...comment, link: 0 }, bytes: elf.sectionBytes(comment) });
  }
  sections.push({ name: '.shstrtab' });
  return sections;
}

function sectionNames(sections: readonly NewSection[]): { bytes: Uint8Array; offsets: number[] } {
  let text = '\0';
  const offsets = sections.map(({ name }) => {
    if (name === '') return 0;
    const at = Buffer.byteLength(text);
    text += `${name}\0`;
    return at;
  });
  return { bytes: Buffer.from(text), offsets };
}

/** Without a section it is the header of the table of names. */
function writeSectionHeader(
  view: DataView,
  name: number,
  { section, offset, size }: { section?: Section; offset: number; size: number },
): void {
  view.setUint32(0, name, true);
  view.setUint32(4, section ? section.type : SHT_STRTAB, true);
  view.setBigUint64(8, section?.flags ?? 0n, true);
  view.setBigUint64(16, section?.address ?? 0n, true);
  view.setBigUint64(24, BigInt(offset), true);
  view.setBigUint64(32, BigInt(size), true);
  view.setUint32(40, section?.link ?? 0, true);
  view.setUint32(44, section?.info ?? 0, true);
  view.setBigUint64(48, section?.align ?? 1n, true);
  view.setBigUint64(56, BigInt(section?.entrySize ?? 0), true);
}

function finish(parts: readonly Uint8Array[], shoff: number, shnum: number, shstrndx: number): Uint8Array {
  const bytes = Buffer.concat(parts);
  bytes.writeBigUInt64LE(BigInt(shoff), 40);
  bytes.writeUInt16LE(SHDR_SIZE, 58);
  bytes.writeUInt16LE(shnum, 60);
  bytes.writeUInt16LE(shstrndx, 62);
  return bytes;
}
