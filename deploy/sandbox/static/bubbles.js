// One item of the timeline as the chat shows it: bubble, card, or grey line (kinds: deploy/sandbox/API.md).

import { h, icon } from './dom.js'
import { richText, webAddress, webLink } from './richtext.js'

const ORIGIN = { customer: '客服消息', mass: '群发消息', template: '模板消息', subscription: '订阅消息' }
const LONGEST_BARS = 12

/** Return the element of an item. `scene`: person, accountOf(appid), openMini(appid, path), sendText(content, id). */
export function bubble(item, scene) {
  const draw = KINDS[item.kind] ?? unknown
  const inner = draw(item.content, scene, item)
  if (item.from === 'system') return h('li', { class: `line ${item.kind}`, 'data-seq': item.seq }, inner)
  const isMine = item.from === 'user'
  return h('li', { class: `turn ${isMine ? 'mine' : 'theirs'} of-${item.kind} ${item.status}`, 'data-seq': item.seq },
    isMine ? avatar(scene.person.avatar) : accountAvatar(scene.accountOf(item.appid)),
    h('div', { class: 'said' }, origin(item, scene), inner, fate(item)),
  )
}

export function avatar({ text, colour }) {
  const picture = h('span', { class: 'avatar', 'aria-hidden': true }, text)
  picture.style.background = colour
  return picture
}

export const accountAvatar = account =>
  h('span', { class: `avatar account ${account?.kind ?? ''}`, 'aria-hidden': true }, (account?.name || '号').slice(-1))

function origin(item, scene) {
  const name = ORIGIN[item.channel]
  if (!name || item.from === 'user') return null
  const account = scene.accountOf(item.appid)
  const parts = [account?.kind === 'mini' ? `${account.name} · ${name}` : item.channel === 'subscription' ? '订阅通知' : name]
  if (item.content.kf_account) parts.push(`客服 ${item.content.kf_account.split('@')[0]}`)
  if (item.content.ai) parts.push('AI 生成')
  return h('p', { class: 'origin' }, parts.join(' · '))
}

function fate(item) {
  if (item.from !== 'user' || item.status === 'delivered') return null
  if (item.status === 'failed') return h('p', { class: 'fate bad' }, icon('warn'), '没有送到')
  return h('p', { class: 'fate' }, '送出中…')
}

const box = (...inner) => h('div', { class: 'bubble' }, ...inner)

/** A card that opens something; `where` is { url } or { appid, path }, or nothing to open. */
function card(kind, where, scene, ...inner) {
  if (where?.appid) return h('button', { class: `card ${kind}`, type: 'button', on: { click: () => scene.openMini(where.appid, where.path) } }, ...inner)
  const url = where?.url && webAddress(where.url)
  if (!url) return h('div', { class: `card ${kind}` }, ...inner)
  const link = webLink(url, ...inner)
  link.className = `card ${kind}`
  return link
}

function picture(url, alt, className) {
  const address = url && webAddress(url)
  if (!address) return null
  const image = h('img', { src: address, alt, class: className, referrerpolicy: 'no-referrer' })
  image.addEventListener('error', () => image.remove())
  return image
}

const KINDS = {
  text: (content, scene) => box(...richText(content.content, scene)),

  image(content) {
    const link = webLink(webAddress(content.url), picture(content.url, '图片，点开看大图', 'photo'))
    link.className = 'photo-link'
    return link
  },

  voice: (content) => h('div', { class: 'bubble voice' },
    h('p', { class: 'bars', role: 'img', 'aria-label': `语音 ${content.seconds ?? ''} 秒` },
      icon('voice'),
      Array.from({ length: Math.min(LONGEST_BARS, 3 + (content.seconds ?? 3)) }, (_, n) => h('i', { class: `bar b${n % 4}` })),
      content.seconds ? `${content.seconds}″` : ''),
    content.content && h('p', { class: 'heard' }, content.content)),

  video: (content, scene) => card('media', content, scene, h('p', { class: 'title' }, content.title || '视频'), content.description && h('p', { class: 'about' }, content.description), h('p', { class: 'foot' }, '视频')),

  music: (content, scene) => card('media', content, scene, h('p', { class: 'title' }, content.title || '音乐'), content.description && h('p', { class: 'about' }, content.description), h('p', { class: 'foot' }, '音乐')),

  news(content, scene) {
    const [first, ...others] = content.articles
    const single = !others.length
    return h('div', { class: 'articles' },
      card('article first', first, scene,
        picture(first.picurl, '', 'cover'),
        h('p', { class: 'title' }, first.title),
        single && first.description && h('p', { class: 'about' }, first.description),
        single && h('p', { class: 'foot' }, first.url ? '阅读全文' : '还没有发布', icon('chevron'))),
      others.map(article => card('article', article, scene, h('p', { class: 'title' }, article.title), picture(article.picurl, '', 'thumb'))))
  },

  location: content => h('div', { class: 'card location' },
    h('p', { class: 'title' }, content.label || '我的位置'),
    h('p', { class: 'about' }, `${Number(content.lat).toFixed(4)}，${Number(content.lon).toFixed(4)}`),
    h('div', { class: 'map', 'aria-hidden': true }, icon('place'))),

  link: (content, scene) => card('media', content, scene, h('p', { class: 'title' }, content.title), content.description && h('p', { class: 'about' }, content.description), h('p', { class: 'foot' }, '链接')),

  menu: (content, scene) => h('div', { class: 'bubble choices' },
    content.head && h('p', {}, ...richText(content.head, scene)),
    h('div', { class: 'options' }, content.list.map(option =>
      h('button', { type: 'button', class: 'option', on: { click: () => scene.sendText(option.content, option.id) } }, option.content))),
    content.tail && h('p', {}, ...richText(content.tail, scene))),

  miniprogrampage: (content, scene) => card('mini-card', { appid: content.appid, path: content.pagepath }, scene,
    h('p', { class: 'by' }, icon('mini'), scene.accountOf(content.appid)?.name ?? '小程序'),
    h('p', { class: 'title' }, content.title),
    picture(content.thumb_url, '', 'cover'),
    h('p', { class: 'foot' }, '小程序', icon('chevron'))),

  notice(content, scene) {
    const mini = content.miniprogram
    const where = mini ? { appid: mini.appid, path: mini.pagepath } : { url: content.url }
    const foot = mini ? '进入小程序查看' : content.url ? '查看详情' : ''
    return card('notice', where, scene,
      h('p', { class: 'title' }, content.title || '通知'),
      h('dl', {}, content.fields.map(field => h('div', {}, field.label && h('dt', {}, field.label), h('dd', {}, field.value)))),
      foot && h('p', { class: 'foot' }, foot, icon('chevron')))
  },

  event: content => h('span', {}, content.content || `事件 ${content.event}`),

  failed: content => h('span', {}, icon('warn'), content.content),
}

const unknown = (content, _scene, item) => box(content.content || `［${item.kind}］`)

/** A few words for a list of chats. */
export function gist(item) {
  const { content, kind } = item
  const words = {
    image: '［图片］', voice: '［语音］', video: '［视频］', music: '［音乐］', location: '［位置］',
    link: `［链接］${content.title}`, news: `［图文］${content.articles?.[0]?.title ?? ''}`,
    notice: `［通知］${content.title}`, menu: content.head, miniprogrampage: `［小程序］${content.title}`,
  }[kind]
  return (words ?? content.content ?? '').replace(/<[^>]*>/g, '').replace(/\s+/g, ' ').trim()
}
