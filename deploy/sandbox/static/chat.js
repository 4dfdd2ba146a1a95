// The chat of one person with the account: what came, in order, on this person's own wall clock.

import { bubble } from './bubbles.js'
import { all, h, one } from './dom.js'

const APART = 5 * 60 * 1000 // a time line after so long a silence
const NEAR = 120 // pixels from the end that count as being there

export function createChat(scene) {
  const list = one('#messages')
  const scroller = one('#scroller')
  const more = one('#to-newest')
  const shown = new Map() // seq → { element, status }
  let latest = 0 // when the last item came
  let isPinned = true // to the end, until the person scrolls up

  const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR
  const toEnd = () => { scroller.scrollTop = scroller.scrollHeight; isPinned = true; more.hidden = true }
  more.addEventListener('click', toEnd)
  scroller.addEventListener('scroll', () => {
    isPinned = atEnd()
    if (isPinned) more.hidden = true
  }, { passive: true })
  new ResizeObserver(() => { if (isPinned) toEnd() }).observe(scroller)

  function timeLine(item) {
    const at = Date.parse(item.at)
    if (at - latest > APART) list.append(h('li', { class: 'line time' }, spoken(item.local_time, scene.today())))
    latest = at
  }

  function put(item) {
    const old = shown.get(item.seq)
    if (old?.status === item.status) return
    const element = bubble(item, scene)
    if (old) old.element.replaceWith(element)
    else {
      timeLine(item)
      list.append(element)
    }
    for (const image of all('img', element)) image.addEventListener('load', () => { if (isPinned) toEnd() })
    shown.set(item.seq, { element, status: item.status })
  }

  return {
    clear() {
      list.replaceChildren()
      shown.clear()
      latest = 0
      isPinned = true
      more.hidden = true
    },
    show(items) {
      for (const item of items) put(item)
      const isMine = items.some(item => item.from === 'user')
      if (isPinned || isMine) toEnd()
      else if (items.length) more.hidden = false
    },
    toEnd,
    get isEmpty() { return shown.size === 0 },
    /** The first item whose fate is still open, 0 when none is. */
    get undecided() { return Math.min(...[...shown].filter(([, { status }]) => status === 'sending').map(([seq]) => seq), Infinity) },
  }
}

/** 2026-11-20 17:05 → 17:05 on the same day, else 11 月 20 日 17:05. */
function spoken(localTime, today) {
  const [day, time] = localTime.split(' ')
  const [year, month, date] = day.split('-').map(Number)
  if (day === today) return time
  return `${year === Number(today.slice(0, 4)) ? '' : `${year} 年 `}${month} 月 ${date} 日 ${time}`
}
