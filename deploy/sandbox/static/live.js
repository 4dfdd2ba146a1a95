// 看看后台发生了什么: pushes to the callback and calls of the platform's interfaces, newest first.

import * as api from './api.js'
import { fullTime, hourMinute } from './clocks.js'
import { fill, h, icon, one } from './dom.js'
import { aboutWhom, callResult, callSentence, faultWords, isReport, pretty, pushResult, pushSentence } from './words.js'

const EVERY = 1200 // milliseconds
const KEPT = 150
const ZONE = 'Asia/Shanghai'

/** `nameOf(openid)`, `person()`; `onNews(entries)` hears of everything new, each with its `log`. */
export function createLive({ nameOf, person, onNews, onEmptied }) {
  const list = one('#live-list')
  const onlyMine = one('#live-mine')
  const logs = { callbacks: { after: 0, total: 0 }, calls: { after: 0, total: 0 } }
  const entries = []

  const openidOf = entry => entry.openid || aboutWhom(entry)
  const isMine = entry => Object.values(person()?.openids ?? {}).includes(openidOf(entry))

  async function fetchNew(name) {
    const log = logs[name]
    const given = log.after ? { after: log.after } : { newest: 40 }
    const { items, total } = await api.log(name, given)
    if (total < log.total) { // emptied, or everything was reset
      log.after = 0
      log.total = 0
      return null
    }
    log.total = total
    if (items.length) log.after = items.at(-1).seq
    return items.map(entry => ({ ...entry, log: name }))
  }

  async function look() {
    const found = await Promise.all(Object.keys(logs).map(fetchNew))
    if (found.includes(null)) {
      entries.length = 0
      fill(list)
      for (const log of Object.values(logs)) log.after = 0
      onEmptied()
      return
    }
    const fresh = found.flat().sort((a, b) => a.at.localeCompare(b.at))
    if (!fresh.length) return
    const isFirst = entries.length === 0
    for (const entry of fresh) show(entry)
    one('#live-empty').hidden = true
    onNews(fresh, isFirst)
  }

  function show(entry) {
    const element = draw(entry, nameOf(openidOf(entry)))
    element.hidden = onlyMine.checked && !isMine(entry)
    entries.push({ entry, element })
    list.prepend(element)
    if (entries.length > KEPT) entries.shift().element.remove()
  }

  function sift() {
    for (const { entry, element } of entries) element.hidden = onlyMine.checked && !isMine(entry)
  }
  onlyMine.addEventListener('change', sift)

  async function keepLooking() {
    for (;;) {
      if (!document.hidden) await look().catch(() => {})
      await new Promise(resolve => setTimeout(resolve, EVERY))
    }
  }
  return { start: keepLooking, sift }
}

/** One entry, closed: two sentences. Open: everything that went over the wire. */
export function draw(entry, who) {
  const isPush = entry.log === 'callbacks'
  const told = isPush ? pushResult(entry) : callResult(entry)
  const sentence = isPush ? pushSentence(entry, who) : callSentence(entry, who)
  const fault = faultWords(entry.fault)
  return h('li', { class: `entry ${isPush ? 'push' : 'call'}${told.bad ? ' bad' : ''}` },
    h('details', {},
      h('summary', {},
        h('span', { class: 'way' }, icon(isPush ? 'right' : 'left'), isPush ? (isReport(entry) ? '平台 → 后台' : '手机 → 后台') : '后台 → 平台'),
        h('span', { class: 'when' }, hourMinute(ZONE, new Date(entry.at)), ` · ${Math.round(entry.ms)} 毫秒`),
        h('span', { class: 'what' }, sentence, entry.attempt > 1 ? `（第 ${entry.attempt} 次送）` : ''),
        h('span', { class: 'then' }, told.bad && icon('warn'), told.text),
        fault && h('span', { class: 'fault' }, `故障演练：${fault}`)),
      h('div', { class: 'raw' }, details(entry))))
}

/** Everything that went over the wire for an entry of either log. */
export const details = entry => (entry.log === 'callbacks' ? pushRaw(entry) : callRaw(entry))

const fact = (name, value) => value !== '' && value !== null && value !== undefined && h('div', {}, h('dt', {}, name), h('dd', {}, String(value)))
const block = (name, text) => text && h('div', { class: 'block' }, h('p', {}, name), h('pre', { tabindex: 0 }, text))

const pushRaw = entry => [
  h('dl', {},
    fact('时间（北京）', fullTime(ZONE, new Date(entry.at))),
    fact('消息类型', entry.event ? `${entry.type} · ${entry.event}` : entry.type),
    fact('消息编号', entry.message_id),
    fact('第几次送', entry.attempt),
    fact('后台的状态码', entry.status ?? '没有回答'),
    fact('用时', `${entry.ms} 毫秒`),
    fact('原因', entry.reason)),
  block('微信送去的内容（解密后）', pretty(entry.message)),
  block('后台的回话（解密后）', pretty(entry.answer_opened)),
  entry.request !== entry.message && block('实际在网上走的请求（加密的）', entry.request),
  entry.answer !== entry.answer_opened && block('实际在网上走的回答', entry.answer),
  block('送到哪里', entry.url),
]

const callRaw = entry => [
  h('dl', {},
    fact('时间（北京）', fullTime(ZONE, new Date(entry.at))),
    fact('接口', `${entry.method} ${entry.path}`),
    fact('错误码', entry.errcode),
    fact('用时', `${entry.ms} 毫秒`),
    fact('编号 rid', entry.rid)),
  block('地址里的参数', Object.keys(entry.query ?? {}).length ? pretty(JSON.stringify(entry.query)) : ''),
  block('后台说的', pretty(entry.body)),
  block('平台答的', pretty(entry.answer)),
]
