// Web links of the phone open in WeChat's own browser, which knows whose phone it is. Here another tab stands for
// it: pages on the accounts' own servers get the person behind the #, where the stand-in jweixin.js reads it.

let holder = null
let origins = []

/** Say who holds the phone, and which accounts there are. */
export function holdPhone(person, accounts) {
  holder = person
  origins = accounts.flatMap(account => [account.callback_url, account.api_base]).filter(Boolean).map(url => new URL(url).origin)
}

/** The address to open a web page at. */
export function inWeChat(address) {
  if (!address || !holder) return address
  const url = new URL(address, location.origin)
  if (origins.includes(url.origin) && !url.hash) url.hash = `sandbox=${holder.id}`
  return url.href
}
