// Both logs as tables: newest first, in pages, sifted by words or by what went wrong.

import * as api from './api.js'
import { hourMinute, fullTime } from './clocks.js'
import { all, attempt, fill, h, one, toast } from './dom.js'
import { details } from './live.js'
import { aboutWhom, callResult, callSentence, faultWords, pushResult, pushSentence } from './words.js'

const PAGE = 12
const NEWEST = 500
const EVERY = 2500
const ZONE = 'Asia/Shanghai'

const LOGS = {
  callbacks: {
    say: (entry, who) => pushSentence(entry, who),
    result: pushResult,
    code: entry => entry.event || entry.type,
    openid: entry => entry.openid,
  },
  calls: {
    say: (entry, who) => callSentence(entry, who),
    result: callResult,
    code: entry => entry.path,
    openid: aboutWhom,
  },
}

export function showLogs() {
  const names = new Map() // openid → nickname
  let asked = 0

  async function learnNames() {
    if (Date.now() - asked < 10_000) return
    asked = Date.now()
    for (const person of (await api.people()).items) for (const openid of Object.values(person.openids)) names.set(openid, person.nickname)
  }
  const nameOf = openid => names.get(openid) ?? (openid ? '一位乡亲' : '有人')

  const tables = all('[data-log]').map(place => table(place, nameOf))
  async function look() {
    await learnNames()
    await Promise.all(tables.map(one => one.load()))
  }
  for (const button of all('[data-empty]')) {
    button.addEventListener('click', () => attempt(async () => {
      await api.emptyLog(button.dataset.empty)
      toast('记录已清空')
      await look()
    }))
  }
  setInterval(() => document.hidden || look().catch(() => {}), EVERY)
  return { look: () => look().catch(() => {}) }
}

function table(place, nameOf) {
  const name = place.dataset.log
  const how = LOGS[name]
  const open = new Set() // seq of the unfolded rows
  let entries = []
  let page = 0
  let shownKey = ''

  const search = h('input', { type: 'search', 'aria-label': '在记录里找', placeholder: '找：昵称、事件、接口、文字', autocomplete: 'off' })
  const onlyBad = h('input', { type: 'checkbox' })
  const body = h('tbody')
  const count = h('span', { class: 'count', role: 'status' })
  const newer = h('button', { class: 'secondary', type: 'button', on: { click: () => turn(-1) } }, '上一页')
  const older = h('button', { class: 'secondary', type: 'button', on: { click: () => turn(1) } }, '下一页')
  const number = h('span')
  fill(place,
    h('div', { class: 'log-tools' }, search, h('label', { class: 'check' }, onlyBad, '只看没办成的')),
    h('div', { class: 'table' }, h('table', {},
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, '北京时间'), h('th', { scope: 'col' }, '什么事'), h('th', { scope: 'col' }, '结果'), h('th', { scope: 'col', class: 'number' }, '毫秒'), h('th', { scope: 'col' }, h('span', { class: 'unseen' }, '原文')))),
      body)),
    h('div', { class: 'log-pages' }, count, newer, number, older))
  search.addEventListener('input', () => { page = 0; draw() })
  onlyBad.addEventListener('change', () => { page = 0; draw() })

  function turn(by) {
    page += by
    draw()
  }

  function fits(entry) {
    if (onlyBad.checked && !how.result(entry).bad && !entry.fault) return false
    const words = search.value.trim().toLowerCase()
    return !words || [how.code(entry), how.say(entry, nameOf(how.openid(entry))), entry.message, entry.body, entry.answer, String(entry.errcode ?? '')].some(text => text?.toLowerCase().includes(words))
  }

  function row(entry) {
    const told = how.result(entry)
    const isOpen = open.has(entry.seq)
    const fold = h('button', { class: 'link fold', type: 'button', 'aria-expanded': isOpen, on: { click: () => { isOpen ? open.delete(entry.seq) : open.add(entry.seq); draw() } } }, isOpen ? '收起' : '原文')
    const line = h('tr', { class: told.bad ? 'bad' : '' },
      h('td', { class: 'at', title: fullTime(ZONE, new Date(entry.at)) }, hourMinute(ZONE, new Date(entry.at))),
      h('td', { class: 'what' }, h('p', {}, how.say(entry, nameOf(how.openid(entry))), entry.attempt > 1 ? `（第 ${entry.attempt} 次送）` : ''), h('p', { class: 'code' }, how.code(entry))),
      h('td', { class: 'outcome' }, told.text, entry.fault && h('span', { class: 'fault' }, `故障演练：${faultWords(entry.fault)}`)),
      h('td', { class: 'number' }, Math.round(entry.ms)),
      h('td', { class: 'fold-cell' }, fold))
    return isOpen ? [line, h('tr', { class: 'raw-row' }, h('td', { colspan: 5 }, h('div', { class: 'raw' }, details({ ...entry, log: name }))))] : line
  }

  function draw() {
    shownKey = ''
    const found = entries.filter(fits)
    const pages = Math.max(1, Math.ceil(found.length / PAGE))
    page = Math.max(0, Math.min(page, pages - 1))
    fill(body, found.length ? found.slice(page * PAGE, (page + 1) * PAGE).map(row) : h('tr', {}, h('td', { colspan: 5 }, entries.length ? '没有合适的记录。' : '还没有记录。')))
    count.textContent = found.length === entries.length ? `${entries.length} 条` : `${entries.length} 条里找到 ${found.length} 条`
    number.textContent = `${page + 1} / ${pages}`
    newer.disabled = page === 0
    older.disabled = page >= pages - 1
  }

  return {
    async load() {
      const { items, total } = await api.log(name, { newest: NEWEST })
      const key = `${total} ${items.at(-1)?.seq ?? 0}`
      if (key === shownKey) return
      entries = items.reverse()
      draw()
      shownKey = key
    },
  }
}
