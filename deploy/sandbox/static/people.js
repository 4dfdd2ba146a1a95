// The column of followers: pick one, make one, and see whose phone rang.

import * as api from './api.js'
import { avatar, gist } from './bubbles.js'
import { dayThere, everySecond, isNight, wallClock } from './clocks.js'
import { question } from './dialogs.js'
import { all, attempt, fill, h, icon, one } from './dom.js'
import { everyPlace, PLACES, someName } from './places.js'
import { isReport } from './words.js'

const WATCHED = 20 // phones whose newest message is looked up
const MEET_EVERY = 5000

/** `chosen()` → the person in hand, `officialAppid()`, `onPick(person)`. */
export function createPeople({ chosen, officialAppid, onPick }) {
  const list = one('#people-list')
  const search = one('#people-search')
  const known = new Map() // id → person
  const phones = new Map() // id → { after, unread, last }
  let shownIds = []
  let page = 1
  let pages = 1

  let met = 0

  const holder = openid => [...known.values()].find(person => Object.values(person.openids).includes(openid))
  const rowOf = id => one(`[data-person="${id}"]`, list)

  function row(person) {
    const isFollowing = person.following.includes(officialAppid())
    return h('li', {}, h('button', {
      type: 'button', class: 'person', 'data-person': person.id, 'data-zone': person.zone,
      'aria-current': chosen()?.id === person.id ? 'true' : null,
      on: { click: () => pick(person.id) },
    },
    avatar(person.avatar),
    h('span', { class: 'who' },
      h('span', { class: 'name' }, person.nickname, h('span', { class: 'unread', hidden: true })),
      h('span', { class: 'where' }, `${person.country} `, h('time', { class: 'clock' }), icon('moon')),
      h('span', { class: 'last' }, isFollowing ? '' : '还没有关注'))))
  }

  function tick() {
    for (const button of all('.person', list)) {
      const { zone } = button.dataset
      const clock = one('.clock', button)
      const words = `${dayThere(zone)} ${wallClock(zone)}`.trim()
      if (clock.textContent !== words) clock.textContent = words
      button.classList.toggle('asleep', isNight(zone))
    }
  }

  function mark(id) {
    const button = rowOf(id)
    const phone = phones.get(id)
    if (!button || !phone) return
    const isHere = chosen()?.id === id
    if (isHere) phone.unread = 0
    const badge = one('.unread', button)
    badge.hidden = !phone.unread
    badge.textContent = phone.unread > 99 ? '99+' : phone.unread
    badge.setAttribute('aria-label', `${phone.unread} 条没看过`)
    if (phone.last) one('.last', button).textContent = phone.last
  }

  /** Look at the listed phones; whatever came since the last look counts as unread. */
  async function peek() {
    for (const id of shownIds.slice(0, WATCHED)) {
      const phone = phones.get(id)
      const { items } = await api.timeline(id, { after: phone?.after ?? 0 })
      if (!items.length && phone) continue
      const arrived = items.filter(item => item.from === 'account').length
      phones.set(id, {
        after: items.at(-1)?.seq ?? 0,
        unread: phone ? phone.unread + arrived : 0,
        last: items.length ? gist(items.at(-1)) : phone?.last ?? '',
      })
      mark(id)
    }
  }

  let peeking = null
  let again = false
  async function peekOnce() {
    if (peeking) { again = true; return }
    do {
      again = false
      peeking = peek().catch(() => {})
      await peeking
    } while (again)
    peeking = null
  }

  async function load() {
    const told = await api.people(search.value.trim(), page)
    pages = told.pages
    for (const person of told.items) known.set(person.id, person)
    shownIds = told.items.map(person => person.id)
    fill(list, told.items.map(row))
    one('#people-none').hidden = told.items.length > 0
    one('#people-count').textContent = told.total ? `${told.total} 位` : ''
    one('#people-pages').hidden = pages < 2
    one('#people-page').textContent = `${page} / ${pages}`
    tick()
    for (const id of shownIds) mark(id)
    peekOnce()
    return told
  }

  function turn(by) {
    page = Math.min(pages, Math.max(1, page + by))
    attempt(load)
  }
  one('#people-back').addEventListener('click', () => turn(-1))
  one('#people-next').addEventListener('click', () => turn(1))

  let typed
  search.addEventListener('input', () => {
    clearTimeout(typed)
    typed = setTimeout(() => { page = 1; attempt(load) }, 250)
  })

  async function pick(id) {
    const person = await attempt(() => api.person(id))
    if (!person) return
    known.set(id, person)
    onPick(person)
    for (const button of all('.person', list)) button.toggleAttribute('aria-current', false)
    rowOf(id)?.setAttribute('aria-current', 'true')
    rowOf(id)?.scrollIntoView({ block: 'nearest' })
    mark(id)
  }

  async function create() {
    const given = await question({
      title: '新建一位乡亲',
      about: '就当这是一部真的手机：他住在哪里，手机就走哪里的时间。',
      yes: '好，把手机给我',
      fields: [
        { name: 'nickname', label: '微信昵称', value: someName([...known.values()].map(({ nickname }) => nickname)), required: true, max: 30 },
        { name: 'place', label: '住在哪里', value: '0', groups: PLACES.map(({ region, places }) => [region, places.map(place => [String(everyPlace.indexOf(place)), place.label])]) },
        { name: 'language', label: '手机的文字', value: 'zh_CN', groups: [['', [['zh_CN', '简体中文'], ['zh_TW', '繁體中文']]]] },
      ],
    })
    if (!given) return
    const { country, zone } = everyPlace[given.place]
    await attempt(async () => {
      const person = await api.createPerson({ nickname: given.nickname, country, zone, language: given.language })
      search.value = ''
      const { pages: last } = await api.people('', 1)
      page = last
      await load()
      await pick(person.id)
    })
  }
  one('#new-person').addEventListener('click', create)

  everySecond(tick)

  return {
    load,
    create,
    pick,
    rang: peekOnce,
    /** Load the list again when somebody in the logs is not in it. */
    meet(entries) {
      if (Date.now() - met < MEET_EVERY || !entries.some(entry => entry.openid && !isReport(entry) && !holder(entry.openid))) return
      met = Date.now()
      attempt(load)
    },
    /** A person changed: follows now, or no longer. */
    update(person) {
      known.set(person.id, person)
      const button = rowOf(person.id)
      if (!button) return
      button.parentElement.replaceWith(row(person))
      tick()
      mark(person.id)
    },
    nameOf(openid) {
      if (!openid) return '有人'
      return holder(openid)?.nickname ?? '一位乡亲'
    },
    isEmpty: () => known.size === 0,
  }
}
