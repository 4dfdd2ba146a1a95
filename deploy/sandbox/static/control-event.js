// 发一个事件: any event with any fields, in the name of any follower.

import * as api from './api.js'
import { attempt, fill, h, one, toast } from './dom.js'

const EVENTS = [
  ['MASSSENDJOBFINISH', '群发结束', { MsgID: 1000001625, Status: 'send success', TotalCount: 100, FilterCount: 98, SentCount: 97, ErrorCount: 1 }],
  ['TEMPLATESENDJOBFINISH', '模板消息送达结果', { MsgID: 200163836, Status: 'failed:user block' }],
  ['user_authorization_revoke', '乡亲撤回授权', { OpenID: '（换成 openid）', AppID: '（换成 appid）', RevokeInfo: '205' }],
  ['user_info_modified', '乡亲改了资料', { OpenID: '（换成 openid）', AppID: '（换成 appid）', RevokeInfo: '205' }],
  ['LOCATION', '手机报告位置', { Latitude: 45.4642, Longitude: 9.19, Precision: 30 }],
  ['kf_create_session', '人工客服接入', { KfAccount: 'office@yunxi' }],
  ['annual_renew', '年审提醒', { ExpiredTime: 1893427200 }],
  ['verify_expired', '认证过期', { ExpiredTime: 1893427200 }],
  ['a_new_event', '后台不认识的新事件', { Anything: '原样送去' }],
]
const STATES = { pending: '还在送', failed: '没有送到，后台三次都没有答好', broken: '后台的回话平台读不懂', no_callback: '这个账号没有回调地址' }

export async function showEvents(accounts, onSent) {
  const form = one('#event-form')
  const people = (await api.people()).items
  if (!accounts.length || !people.length) {
    fill(form, h('p', { class: 'whole empty' }, accounts.length ? '还没有乡亲：先到手机页新建一位。' : '还没有账号。'))
    return
  }
  const option = ([value, words]) => h('option', { value }, words)
  const field = (label, control, hint, isWhole) => h('div', { class: `field ${isWhole ? 'whole' : ''}` }, h('label', { for: control.id }, label), control, hint && h('p', { class: 'hint' }, hint))
  const who = h('select', { id: 'event-who', name: 'who' }, people.map(person => option([person.id, `${person.nickname}（${person.country}）`])))
  const account = h('select', { id: 'event-account', name: 'appid' }, accounts.map(one => option([one.appid, one.name || one.appid])))
  const sample = h('select', { id: 'event-sample' }, EVENTS.map(([name, words]) => option([name, words])))
  const name = h('input', { id: 'event-name', name: 'event', required: true, autocomplete: 'off' })
  const fields = h('textarea', { id: 'event-fields', name: 'fields', rows: 7, class: 'code', spellcheck: 'false' })
  fill(form,
    field('例子', sample), field('事件名', name),
    field('账号', account), field('谁的手机', who),
    field('其它栏目（JSON）', fields, '收件人、发件人和时间由平台填', true),
    h('p', { class: 'whole' }, h('button', { class: 'primary', type: 'submit' }, '送给后台')))

  function take() {
    const [event, , given] = EVENTS.find(([one]) => one === sample.value)
    const person = people.find(({ id }) => String(id) === who.value)
    const known = { OpenID: person?.openids[account.value], AppID: account.value }
    name.value = event
    fields.value = JSON.stringify(Object.fromEntries(Object.entries(given).map(([key, value]) => [key, known[key] ?? value])), null, 2)
  }
  for (const choice of [sample, who, account]) choice.addEventListener('change', take)
  take()

  form.addEventListener('submit', event => {
    event.preventDefault()
    let given
    try {
      given = JSON.parse(fields.value || '{}')
    } catch {
      toast('其它栏目不是 JSON：检查引号和逗号', true)
      return
    }
    attempt(async () => {
      const { outcome } = await api.act(who.value, 'event', { appid: account.value, event: name.value.trim(), fields: given }, true)
      const isBad = outcome.state in STATES
      const told = isBad ? STATES[outcome.state] : `后台收到了，用了 ${Math.round(outcome.ms)} 毫秒，送了 ${outcome.attempts} 次。`
      fill(one('#event-outcome'), h('div', { class: `told ${isBad ? 'bad' : ''}` }, h('p', {}, told), h('div', { class: 'raw' }, h('pre', { tabindex: 0 }, JSON.stringify(outcome, null, 2)))))
      onSent()
    })
  })
}
