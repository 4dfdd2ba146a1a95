// Keeps asking for what is new: the timeline by long polling, sent messages until their fate is known.

import * as api from './api.js'

const PATIENCE = 25 // seconds the sandbox may hold an answer
const LONGEST_PAUSE = 8000
const pause = (ms, signal) => new Promise(resolve => {
  const timer = setTimeout(resolve, ms)
  signal.addEventListener('abort', () => { clearTimeout(timer); resolve() }, { once: true })
})

/** A hidden page asks nothing: a browser has only six connections to one address. */
const seen = signal => document.hidden && !signal.aborted
  ? new Promise(resolve => {
    document.addEventListener('visibilitychange', resolve, { once: true })
    signal.addEventListener('abort', resolve, { once: true })
  })
  : null

/**
 * Follow a person's timeline until aborted. `on.items(items, isFirst)`, `on.trouble(error)`, `on.well()`, `on.gone()`.
 */
export async function followTimeline(id, on, signal) {
  let after = 0
  let isFirst = true
  let failures = 0
  while (!signal.aborted) {
    await seen(signal)
    try {
      const { items } = await listen(id, { after, wait: isFirst ? 0 : PATIENCE }, signal)
      if (signal.aborted) return
      failures = 0
      on.well()
      if (items.length) after = items.at(-1).seq
      if (items.length || isFirst) on.items(items, isFirst)
      isFirst = false
    } catch (error) {
      if (signal.aborted) return
      if (error.status === 404) { on.gone(); return }
      if (error.name === 'AbortError') continue
      failures += 1
      on.trouble(error)
      await pause(Math.min(LONGEST_PAUSE, 500 * 2 ** failures), signal)
    }
  }
}

/** One long poll that ends early when the page is hidden. */
async function listen(id, given, signal) {
  const own = new AbortController()
  const stop = () => own.abort()
  const hide = () => { if (document.hidden) own.abort() }
  signal.addEventListener('abort', stop, { once: true })
  document.addEventListener('visibilitychange', hide)
  try {
    return await api.timeline(id, given, own.signal)
  } finally {
    signal.removeEventListener('abort', stop)
    document.removeEventListener('visibilitychange', hide)
  }
}

/** While something is 送出中, look again at it: its fate changes the item, it does not make a new one. */
export async function watchFates(id, undecided, show, signal) {
  let wait = 300
  while (!signal.aborted) {
    await pause(wait, signal)
    await seen(signal)
    const first = undecided()
    if (!Number.isFinite(first) || signal.aborted) { wait = 300; continue }
    try {
      const { items } = await api.timeline(id, { after: first - 1 }, signal)
      if (!signal.aborted) show(items)
      wait = Math.min(2000, wait * 1.3)
    } catch { /* the long poll tells */ }
  }
}
