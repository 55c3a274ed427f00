/** A string as TOML writes it: as JSON does, and without DEL, which TOML forbids. */
export function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}
