// 故障演练: rules that make the platform or the network err.

import * as api from './api.js'
import { KNOWN_CODES, codeWords } from './codes.js'
import { attempt, fill, h, one, toast } from './dom.js'
import { FAULTS } from './words.js'

const SEND = '/cgi-bin/message/custom/send'
const PRESETS = [
  ['平台慢 3 秒', '后台每次调用接口都要多等 3 秒。', { where: 'api', path: '*', kind: 'latency', value: 3, times: 5 }],
  ['平台说「系统繁忙」', '接下来 3 次调用都答 -1，后台应当等一会儿再试。', { where: 'api', path: '*', kind: 'errcode', value: -1, times: 3 }],
  ['今天的次数用完了', '客服消息答 45009，后台不应当一再重试。', { where: 'api', path: SEND, kind: 'errcode', value: 45009, times: 0 }],
  ['通行证突然作废', '下一次调用答 40001，后台应当重新领一张。', { where: 'api', path: '*', kind: 'errcode', value: 40001, times: 1 }],
  ['办完事才断线', '平台把消息发出去了，后台却没听到回答：不该再发一遍。', { where: 'api', path: '/cgi-bin/message/*', kind: 'reset_after', times: 1 }],
  ['还没办就断线', '请求没有进门，后台可以放心再试。', { where: 'api', path: '*', kind: 'reset_before', times: 1 }],
  ['平台的回答是乱码', '回答不是完整的 JSON。', { where: 'api', path: '*', kind: 'garbled', times: 1 }],
  ['同一条消息送两遍', '后台只应当办一次。', { where: 'callback', path: '*', kind: 'duplicate', times: 3 }],
  ['两遍同时送到', '两个一样的请求同一刻到达，最考验后台。', { where: 'callback', path: '*', kind: 'duplicate_concurrent', times: 3 }],
  ['签名不对', '有人冒充微信：后台应当拒绝，手机上会看到服务故障。', { where: 'callback', path: '*', kind: 'wrong_signature', times: 3 }],
  ['送给后台的内容残缺', '后台应当拒收，不能崩溃。', { where: 'callback', path: '*', kind: 'garbled', times: 3 }],
  ['没等回答就挂断', '后台办了事，微信没听到回话，于是再送。', { where: 'callback', path: '*', kind: 'reset_after', times: 1 }],
]
const CALLBACK_ONLY = ['duplicate', 'duplicate_concurrent', 'wrong_signature']
const API_ONLY = ['errcode', 'empty']
const PATHS = ['*', SEND, '/cgi-bin/message/mass/send', '/cgi-bin/message/template/send', '/cgi-bin/message/subscribe/send', '/cgi-bin/stable_token', '/sns/jscode2session', 'text', 'event', 'subscribe', 'CLICK']

const where = rule => {
  const place = rule.path === '*' ? '' : `（只限 ${rule.path}）`
  return rule.where === 'api' ? `后台调用接口时${place}` : `送消息给后台时${place}`
}
const what = ({ kind, value }) => {
  if (kind === 'latency') return `故意慢 ${value} 秒`
  if (kind === 'errcode') return `故意答 ${value}：${codeWords(value)}`
  return FAULTS[kind]
}
const howLong = rule => {
  const times = rule.times ? `还有 ${rule.times} 次` : '一直有效，直到撤掉'
  const chance = rule.probability < 1 ? `，每次有 ${Math.round(rule.probability * 100)}% 的机会` : ''
  return `${times}${chance}；已经发生 ${rule.applied} 次`
}

export async function showFaults(onChange) {
  const list = one('#fault-list')

  async function load() {
    const { items } = await api.faults()
    one('#fault-empty').hidden = items.length > 0
    one('#faults-none').hidden = items.length === 0
    fill(list, items.map(rule => h('li', {},
      h('div', {}, h('p', {}, h('b', {}, what(rule))), h('p', { class: 'facts' }, `${where(rule)}，${howLong(rule)}`)),
      h('button', { class: 'secondary', type: 'button', 'aria-label': `撤掉：${what(rule)}`, on: { click: () => attempt(() => remove(rule)) } }, '撤掉'))))
  }
  async function remove(rule) {
    await api.removeFault(rule.id)
    await load()
  }
  async function add(rule) {
    const made = await api.addFault(rule)
    await load()
    toast(`加上了：${what(made)}`)
    onChange()
  }

  one('#faults-none').addEventListener('click', () => attempt(async () => { await api.removeFaults(); await load() }))
  one('#presets').append(...PRESETS.map(([name, about, rule]) =>
    h('button', { class: 'preset', type: 'button', on: { click: () => attempt(() => add(rule)) } }, h('b', {}, name), h('span', {}, about))))
  ownRule(rule => attempt(() => add(rule)))
  await load()
  setInterval(() => document.hidden || load().catch(() => {}), 3000)
}

function ownRule(add) {
  const form = one('#fault-form')
  const field = (label, control, hint) => h('div', { class: 'field' }, h('label', { for: control.id }, label), control, hint && h('p', { class: 'hint' }, hint))
  const option = ([value, words]) => h('option', { value }, words)
  const place = h('select', { id: 'rule-where', name: 'where' }, [['api', '后台调用接口时'], ['callback', '送消息给后台时']].map(option))
  const kind = h('select', { id: 'rule-kind', name: 'kind' })
  const value = h('input', { id: 'rule-value', name: 'value', type: 'number', step: 'any', list: 'rule-codes' })
  const valueField = field('数值', value, '慢几秒，或错误码')
  const path = h('input', { id: 'rule-path', name: 'path', value: '*', list: 'rule-paths', autocomplete: 'off' })
  form.append(
    field('什么时候', place),
    field('出什么错', kind),
    valueField,
    field('只限哪里', path, '* 是全部；接口路径，或消息类型、事件名'),
    field('几次', h('input', { id: 'rule-times', name: 'times', type: 'number', min: 0, value: 1 }), '0：一直有效'),
    field('机会（0 到 1）', h('input', { id: 'rule-probability', name: 'probability', type: 'number', min: 0, max: 1, step: 0.05, value: 1 })),
    h('datalist', { id: 'rule-paths' }, PATHS.map(one => h('option', { value: one }))),
    h('datalist', { id: 'rule-codes' }, KNOWN_CODES.map(({ code, words }) => h('option', { value: code }, words))),
    h('p', { class: 'whole' }, h('button', { class: 'primary', type: 'submit' }, '加上这条规则')),
  )
  const kinds = () => {
    const isApi = place.value === 'api'
    fill(kind, Object.entries(FAULTS).filter(([name]) => !(isApi ? CALLBACK_ONLY : API_ONLY).includes(name)).map(option))
    values()
  }
  const values = () => {
    const needs = kind.value === 'latency' || kind.value === 'errcode'
    valueField.hidden = !needs
    value.required = needs
  }
  place.addEventListener('change', kinds)
  kind.addEventListener('change', values)
  kinds()
  form.addEventListener('submit', event => {
    event.preventDefault()
    const given = Object.fromEntries(new FormData(form))
    add({ ...given, value: valueField.hidden ? undefined : Number(given.value), times: Number(given.times), probability: Number(given.probability), path: given.path.trim() || '*' })
  })
}
