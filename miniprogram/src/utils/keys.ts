// Idempotency keys: made once for one thing a person wants to do, kept until it is done.
const SIGNS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const LENGTH = 24 // the server takes 16 to 64

/** A key only has to differ from this person's other keys, so Math.random is good enough. */
export function newKey(): string {
  return Array.from({ length: LENGTH }, () => SIGNS[Math.floor(Math.random() * SIGNS.length)]).join('')
}
