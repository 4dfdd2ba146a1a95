// The page of the phone: who holds it, which account is open, and everything that is shown around it.

import * as api from './api.js'
import { holdPhone } from './browser.js'
import { accountAvatar, gist } from './bubbles.js'
import { createChat } from './chat.js'
import { everySecond, hourMinute, isNight, now, setClock } from './clocks.js'
import { createCompose } from './compose.js'
import { all, attempt, fill, one, toast } from './dom.js'
import { createDrawers } from './drawers.js'
import { followTimeline, watchFates } from './feed.js'
import { createLive } from './live.js'
import { createMenu } from './menu.js'
import { createMini } from './mini.js'
import { createPeople } from './people.js'
import { placeOf } from './places.js'
import { createTour } from './tour.js'

const BOTH = matchMedia('(min-width: 1400px)') // chat and mini-program side by side
const ANSWER_SHOWN_FOR = 6000

/** What the parts of the phone look at. */
const scene = {
  accounts: [],
  person: null,
  official: null,
  mini: null,
  get isFollowing() { return Boolean(this.person && this.official && this.person.following.includes(this.official.appid)) },
  accountOf: appid => scene.accounts.find(account => account.appid === appid),
  today: () => new Intl.DateTimeFormat('sv-SE', { timeZone: scene.person?.zone ?? 'Asia/Shanghai' }).format(now()),
  openMini(appid, path) {
    const account = scene.accountOf(appid)
    if (account?.kind !== 'mini') return false
    if (scene.person) {
      mini.open(scene.person, account, path)
      showTab('mini')
    }
    return true
  },
  sendText: (content, id) => compose.sendText(content, id),
  choosePicture: () => compose.choosePicture(),
  sendPicture: file => compose.sendPicture(file),
  choosePlace: () => compose.choosePlace(),
  sendPlace: place => compose.sendPlace(place),
  expectAnswer() {
    one('#typing').hidden = false
    clearTimeout(scene.expecting)
    scene.expecting = setTimeout(() => { one('#typing').hidden = true }, ANSWER_SHOWN_FOR)
  },
  async refresh() {
    scene.person = await api.person(scene.person.id)
    people.update(scene.person)
    drawAccount()
    await menu.load()
  },
}

await setClock().catch(() => {}) // without it the computer's own clock serves
const tour = createTour()
const drawers = createDrawers()
const mini = createMini({ onHandedIn: () => tour.did('case') })
const chat = createChat(scene)
const menu = createMenu(scene)
const compose = createCompose(scene)
const people = createPeople({ chosen: () => scene.person, officialAppid: () => scene.official?.appid, onPick: take })
const live = createLive({ nameOf: openid => people.nameOf(openid), person: () => scene.person, onNews, onEmptied: () => people.load() })

let following = null // aborts the feeds of the person before
let ringing

function drawAccount() {
  const { official, person, isFollowing } = scene
  one('#phone').dataset.state = !official ? 'no-account' : !person ? 'nobody' : isFollowing ? 'following' : 'stranger'
  if (!official) return
  one('#account-name').textContent = official.name || official.appid
  const kind = official.account_type === 'service' ? '服务号' : '订阅号'
  one('#account-kind').textContent = official.certified ? `${kind} · 已认证` : kind
  fill(one('#account-avatar'), accountAvatar(official))
  const follow = one('#follow')
  follow.textContent = isFollowing ? '已关注' : '关注'
  follow.setAttribute('aria-label', isFollowing ? '已关注，点按取消关注' : '关注公众号')
  follow.classList.toggle('primary', !isFollowing)
  one('#profile-name').textContent = official.name
  fill(one('#profile-avatar'), accountAvatar(official))
  one('#words').setAttribute('placeholder', `给${official.name}留言`)
}

function drawHolder() {
  const { person } = scene
  if (!person) return
  const place = placeOf(person)
  one('#holder').textContent = person.nickname
  one('#holder-place').textContent = place.zone === person.zone && place.country === person.country ? `· ${place.country}${place.city}` : `· ${person.country}`
  one('#open-people-words').textContent = person.nickname
}

everySecond(() => {
  if (!scene.person) return
  for (const clock of all('.phone-clock')) clock.textContent = hourMinute(scene.person.zone)
  one('#sky').hidden = !isNight(scene.person.zone)
})

/** Take this person's phone in the hand. */
function take(person) {
  following?.abort()
  following = new AbortController()
  const { signal } = following
  scene.person = person
  holdPhone(person, scene.accounts)
  history.replaceState(null, '', `?follower=${person.id}`)
  chat.clear()
  mini.close()
  compose.reset()
  hideBanner()
  drawAccount()
  drawHolder()
  drawers.close()
  live.sift()
  tour.did('person')
  if (scene.isFollowing) tour.did('follow')
  attempt(() => menu.load())
  if (BOTH.matches || one('#phone').dataset.tab === 'mini') mini.show(person, scene.mini)
  const offline = one('#offline')
  followTimeline(person.id, {
    items: (items, isFirst) => arrived(items, isFirst),
    trouble: () => { offline.hidden = false },
    well: () => { offline.hidden = true },
    gone: () => { letGo(); attempt(() => people.load()) },
  }, signal)
  watchFates(person.id, () => chat.undecided, items => chat.show(items.filter(isHere)), signal)
}

function letGo() {
  following?.abort()
  scene.person = null
  holdPhone(null, [])
  history.replaceState(null, '', location.pathname)
  chat.clear()
  mini.close()
  drawAccount()
}

/** The chat shows the account in front, and the notices of its mini-programs. */
const isHere = item => item.appid === scene.official?.appid || scene.official?.linked_mini.includes(item.appid)

function arrived(all, isFirst) {
  const items = all.filter(isHere)
  chat.show(items)
  one('#phone').toggleAttribute('data-empty', chat.isEmpty)
  if (isFirst) chat.toEnd()
  const spoken = items.filter(item => item.from === 'account')
  if (spoken.length || items.some(item => item.kind === 'failed')) one('#typing').hidden = true
  noteForTour(items.filter(tour.counts))
  if (!isFirst && spoken.length && !chatIsSeen()) ring(spoken.at(-1))
}

function noteForTour(items) {
  const has = test => items.some(test)
  if (has(item => item.content.event === 'subscribe')) tour.did('follow')
  if (has(item => item.from === 'user')) tour.did('ask')
  if (has(item => item.kind === 'notice')) { tour.did('case'); tour.did('answer') }
  if (has(item => item.channel === 'mass' || (item.channel === 'customer' && item.kind === 'text'))) tour.did('letter')
}

const chatIsSeen = () => BOTH.matches || one('#phone').dataset.tab === 'chat'

/** A line drops down over the mini-program, as on a real phone. */
function ring(item) {
  one('#banner-title').textContent = scene.accountOf(item.appid)?.name ?? ''
  one('#banner-text').textContent = gist(item)
  one('#banner').hidden = false
  one('#chat-dot').hidden = false
  clearTimeout(ringing)
  ringing = setTimeout(hideBanner, 8000)
}
function hideBanner() { one('#banner').hidden = true }
one('#banner').addEventListener('click', () => showTab('chat'))

function showTab(name) {
  one('#phone').dataset.tab = name
  for (const tab of all('[role=tab]')) {
    const isOn = tab.dataset.tab === name
    tab.setAttribute('aria-selected', String(isOn))
    tab.tabIndex = isOn ? 0 : -1
  }
  if (name === 'chat') {
    hideBanner()
    one('#chat-dot').hidden = true
    chat.toEnd()
  } else mini.show(scene.person, scene.mini)
}
for (const tab of all('[role=tab]')) {
  tab.addEventListener('click', () => showTab(tab.dataset.tab))
  tab.addEventListener('keydown', event => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    showTab(tab.dataset.tab === 'chat' ? 'mini' : 'chat')
    one('[role=tab][aria-selected=true]').focus()
  })
}
BOTH.addEventListener('change', () => { if (BOTH.matches) mini.show(scene.person, scene.mini) })

/** The logs moved: perhaps a phone rang somewhere, perhaps the menu is another. */
function onNews(entries, isFirst) {
  if (isFirst) return
  setTimeout(() => people.rang(), 400) // an answer is shown a moment after it is logged
  people.meet(entries)
  if (entries.some(entry => entry.log === 'calls' && entry.path.includes('/menu/'))) attempt(() => menu.load())
}

function chooseAccount(appid) {
  const officials = scene.accounts.filter(account => account.kind === 'official')
  const minis = scene.accounts.filter(account => account.kind === 'mini')
  scene.official = officials.find(account => account.appid === appid) ?? officials[0] ?? null
  scene.mini = minis.find(account => scene.official?.linked_mini.includes(account.appid)) ?? minis[0] ?? null
  const base = scene.mini?.api_base || (scene.official?.callback_url ? new URL(scene.official.callback_url).origin : '')
  for (const link of all('[data-console]')) {
    link.hidden = !base && link.dataset.console !== 'always'
    if (base) link.href = base.replace(/\/+$/, '') + '/console/'
  }
  const choice = one('#account-choice')
  choice.hidden = officials.length < 2
  fill(choice, officials.map(account => new Option(account.name || account.appid, account.appid, false, account === scene.official)))
  drawAccount()
}
one('#account-choice').addEventListener('change', event => {
  chooseAccount(event.target.value)
  if (scene.person) take(scene.person)
})

async function start() {
  scene.accounts = (await api.accounts()).items
  chooseAccount()
  while (!scene.official) { // the county is just being set up
    await new Promise(resolve => setTimeout(resolve, 1500))
    scene.accounts = (await api.accounts()).items
    chooseAccount()
  }
  await people.load()
  const wanted = Number(new URLSearchParams(location.search).get('follower'))
  if (wanted) await people.pick(wanted)
  live.start()
}

one('#choose-first').addEventListener('click', () => {
  if (people.isEmpty()) people.create()
  else if (drawers.isDrawer('people')) drawers.open('people')
  else one('#people-list .person')?.focus()
})
start().catch(error => toast(error.message, true))
