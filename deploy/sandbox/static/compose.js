// What the person can send and do: text, picture, voice, place, link, a scanned code, following.

import * as api from './api.js'
import { question } from './dialogs.js'
import { attempt, h, icon, one, toast } from './dom.js'
import { everyPlace, placeOf, PLACES } from './places.js'
import { webAddress } from './richtext.js'

const PICTURES = 'image/jpeg,image/png,image/gif,image/bmp'

/** `scene`: person, official, refresh(); the acts it gives are also used by the menu. */
export function createCompose(scene) {
  const form = one('#compose')
  const words = one('#words')
  const tray = one('#tray')
  const plus = one('#plus')

  const send = (name, body) => attempt(async () => {
    scene.expectAnswer()
    return api.act(scene.person.id, name, { appid: scene.official.appid, ...body })
  })
  const sendText = (content, id) => send('text', id ? { content, bizmsgmenuid: id } : { content })

  function fold(isOpen) {
    tray.hidden = !isOpen
    plus.setAttribute('aria-expanded', String(isOpen))
  }
  plus.addEventListener('click', () => fold(tray.hidden))
  tray.addEventListener('keydown', event => {
    if (event.key !== 'Escape') return
    fold(false)
    plus.focus()
  })

  const grow = () => {
    words.style.height = 'auto'
    words.style.height = `${Math.min(120, words.scrollHeight + 2)}px`
  }
  words.addEventListener('input', grow)
  words.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    form.requestSubmit()
  })
  form.addEventListener('submit', async event => {
    event.preventDefault()
    const content = words.value.trim()
    if (!content) return
    words.value = ''
    grow()
    if (!await sendText(content)) {
      words.value = content
      grow()
    }
  })

  /** Resolve to a picture file, or null. */
  function choosePicture() {
    return new Promise(resolve => {
      const input = h('input', { type: 'file', accept: PICTURES, hidden: true })
      input.addEventListener('change', () => { resolve(input.files[0] ?? null); input.remove() })
      input.addEventListener('cancel', () => { resolve(null); input.remove() })
      document.body.append(input)
      input.click()
    })
  }
  const sendPicture = file => attempt(() => {
    scene.expectAnswer()
    return api.sendPicture(scene.person.id, scene.official.appid, file)
  })

  async function choosePlace() {
    const here = placeOf(scene.person)
    const given = await question({
      title: '发一个位置',
      yes: '发出去',
      fields: [
        { name: 'place', label: '在哪里', value: String(everyPlace.indexOf(here)), groups: PLACES.map(({ region, places }) => [region, places.map(place => [String(everyPlace.indexOf(place)), place.label])]) },
        { name: 'label', label: '地名（可以不改）', value: '', max: 60, hint: '不填就用上面的城市名' },
      ],
    })
    if (!given) return null
    const place = everyPlace[given.place]
    return { lat: place.lat, lon: place.lon, label: given.label || `${place.country}${place.city}` }
  }
  const sendPlace = place => send('location', place)

  async function speak() {
    const given = await question({
      title: '发一段语音',
      about: '沙箱里没有真的录音：写下要说的话，平台就把它当作识别出来的文字送给后台。',
      yes: '发出去',
      fields: [{ name: 'recognition', label: '说的话', rows: 3, max: 500, hint: '留空：账号没有开通语音识别，后台只收到声音' }],
    })
    if (given) await send('voice', given)
  }

  async function forward() {
    const given = await question({
      title: '转发一个链接',
      yes: '发出去',
      fields: [
        { name: 'title', label: '标题', required: true, max: 120 },
        { name: 'url', label: '网址', required: true, type: 'url', value: 'https://' },
      ],
    })
    if (given && !webAddress(given.url)) toast('网址要以 http:// 或 https:// 开头', true)
    else if (given) await send('link', given)
  }

  async function scan() {
    const given = await question({
      title: '扫一扫公众号的二维码',
      about: '海报、名片上的二维码可以带一个记号，后台由此知道乡亲是从哪里来的。没有关注的人扫了就会关注。',
      yes: '扫这个码',
      fields: [{ name: 'scene', label: '码上的记号', value: 'home:泮坑镇', required: true, max: 64, suggestions: ['home:泮坑镇', 'home:石桥镇', 'home:白沙镇', 'poster-2026'] }],
    })
    if (!given) return
    if (await send(scene.isFollowing ? 'scan' : 'follow', given)) await scene.refresh()
  }

  async function follow() {
    if (await send('follow', {})) await scene.refresh()
  }

  async function unfollow() {
    const sure = await question({ title: '取消关注？', about: `以后不再收到「${scene.official.name}」的消息。`, yes: '取消关注', isGrave: true })
    if (sure && await send('unfollow', {})) await scene.refresh()
  }

  async function revoke() {
    const sure = await question({ title: '撤回授权？', about: '在微信里撤回授权，意思是请后台删除您的个人资料。后台必须照办。', yes: '撤回授权', isGrave: true })
    if (sure) await send('revoke', {})
  }

  const tool = (name, label, run) => h('button', { type: 'button', class: 'tool', on: { click: () => { fold(false); run() } } }, h('span', { class: 'tile' }, icon(name)), label)
  tray.append(
    tool('picture', '图片', async () => { const file = await choosePicture(); if (file) await sendPicture(file) }),
    tool('voice', '语音', speak),
    tool('place', '位置', async () => { const place = await choosePlace(); if (place) await sendPlace(place) }),
    tool('link', '链接', forward),
    tool('scan', '扫一扫', scan),
    tool('shield', '撤回授权', revoke),
  )
  one('#follow').addEventListener('click', () => (scene.isFollowing ? unfollow() : follow()))
  one('#follow-big').addEventListener('click', follow)
  one('#follow-scan').addEventListener('click', scan)

  return {
    sendText, choosePicture, sendPicture, choosePlace, sendPlace,
    reset() { fold(false); words.value = ''; grow() },
  }
}
