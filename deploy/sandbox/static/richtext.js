// What an account wrote, as nodes: links become links, everything else stays the text it is.

import { inWeChat } from './browser.js'
import { h } from './dom.js'

const VALUE = `"[^"]*"|'[^']*'|[^\\s"'>]+`
const LINK = new RegExp(`<a((?:\\s+[a-z-]+\\s*=\\s*(?:${VALUE}))*)\\s*>([\\s\\S]*?)</a>`, 'gi')
const ATTRIBUTE = new RegExp(`([a-z-]+)\\s*=\\s*(${VALUE})`, 'gi')
const BARE = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/g
const MENU = /^weixin:\/\/bizmsgmenu\?/i

function attributes(text) {
  const found = {}
  for (const [, name, raw] of text.matchAll(ATTRIBUTE)) {
    const value = /^["']/.test(raw) ? raw.slice(1, -1) : raw
    found[name.toLowerCase()] = value.replaceAll('&amp;', '&')
  }
  return found
}

/** http and https only; anything else (javascript:, data: …) is no address. */
export function webAddress(text) {
  try {
    const url = new URL(text, location.origin)
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null
  } catch {
    return null
  }
}

export const webLink = (url, ...children) => h('a', { href: inWeChat(url), target: '_blank', rel: 'noopener noreferrer' }, ...children)

function plain(text) {
  const nodes = []
  let from = 0
  for (const { 0: url, index } of text.matchAll(BARE)) {
    nodes.push(text.slice(from, index), webLink(url, url))
    from = index + url.length
  }
  return [...nodes, text.slice(from)].filter(Boolean)
}

/** Return nodes. `actions`: openMini(appid, path) → whether it could, and sendText(content, id). */
export function richText(text, actions) {
  const nodes = []
  let from = 0
  for (const { 0: whole, 1: given = '', 2: words, index } of text.matchAll(LINK)) {
    nodes.push(...plain(text.slice(from, index)), link(attributes(given), words, whole, actions))
    from = index + whole.length
  }
  return [...nodes, ...plain(text.slice(from))]
}

function link(given, words, whole, actions) {
  const appid = given['data-miniprogram-appid']
  const url = given.href && !MENU.test(given.href) ? webAddress(given.href) : null
  if (appid) {
    const path = given['data-miniprogram-path'] || ''
    const open = () => actions.openMini(appid, path) || (url && window.open(inWeChat(url), '_blank', 'noopener'))
    return h('button', { class: 'link mini-link', type: 'button', on: { click: open } }, words)
  }
  if (given.href && MENU.test(given.href)) {
    const told = new URLSearchParams(given.href.replace(MENU, ''))
    const send = () => actions.sendText(told.get('msgmenucontent') || words, told.get('msgmenuid') || '')
    return h('button', { class: 'link', type: 'button', on: { click: send } }, words)
  }
  return url ? webLink(url, words) : whole
}
