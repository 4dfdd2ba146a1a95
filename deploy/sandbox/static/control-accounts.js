// 账号: what the platform knows of each, with the check of its callback address.

import * as api from './api.js'
import { attempt, fill, h, one, toast } from './dom.js'

const MODES = { plain: '明文', compatible: '兼容（明文加密文）', safe: '安全（加密）' }

const kind = account => {
  if (account.kind === 'mini') return '小程序'
  return (account.account_type === 'service' ? '服务号' : '订阅号') + (account.certified ? '，已认证' : '，未认证')
}
const fact = (name, value) => value && h('div', {}, h('dt', {}, name), h('dd', {}, value))

export function showAccounts(accounts) {
  one('#account-empty').hidden = accounts.length > 0
  fill(one('#account-list'), accounts.map(card))
}

function card(account) {
  const told = h('div', { class: 'told', role: 'status', hidden: true })
  const say = (text, isBad, more) => {
    told.classList.toggle('bad', isBad)
    told.hidden = false
    fill(told, h('p', {}, text), more && h('div', { class: 'raw' }, h('pre', { tabindex: 0 }, more)))
  }

  const check = () => attempt(async () => {
    const { ok, status, ms, body, reason } = await api.verify(account.appid)
    if (ok) say(`回调地址通过了验证，用了 ${Math.round(ms)} 毫秒。`, false)
    else say(status ? `没有通过：后台答了 ${status}，内容不是平台给的那串数。` : '没有通过：连不上这个地址，后台在运行吗？', true, [reason, body].filter(Boolean).join('\n'))
  })
  const spoil = (action, words) => attempt(async () => {
    const { spoiled } = await api.spoilTokens(account.appid, action)
    toast(spoiled ? words : '后台还没有领过通行证')
  })

  return h('li', {},
    h('div', {},
      h('p', {}, h('b', {}, account.name || '（没有名字）'), ` ${kind(account)}`),
      h('dl', {},
        fact('编号', account.appid),
        fact('回调地址', account.callback_url || '没有填'),
        fact('消息', `${MODES[account.mode]}，${account.format.toUpperCase()}`),
        account.kind === 'official' && fact('关注的人', `${account.followers} 位`),
        fact('关联小程序', account.linked_mini.join('、')),
        fact('小程序的服务器', account.api_base),
        fact('模板', Object.values(account.templates).map(template => template.title).join('、')))),
    h('div', { class: 'buttons' },
      account.callback_url && h('button', { class: 'primary', type: 'button', 'aria-label': `验证 ${account.name} 的回调地址`, on: { click: check } }, '验证回调地址'),
      h('button', { class: 'secondary', type: 'button', on: { click: () => spoil('expire', '通行证过期了，下次调用会答 42001') } }, '让通行证过期'),
      h('button', { class: 'secondary', type: 'button', on: { click: () => spoil('invalidate', '通行证作废了，下次调用会答 40001') } }, '让通行证作废')),
    told)
}
