/** A number as it is written in messages: `0x1a`. */
export const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
