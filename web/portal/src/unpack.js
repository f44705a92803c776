// The style and the texts come packed: what they repeat stands at the end once, each behind the character that takes its place.
export function unpack(text, marks) {
  return [...marks].reduce((packed, mark) => {
    const parts = packed.split(mark);
    return parts.join(parts.pop());
  }, text);
}
