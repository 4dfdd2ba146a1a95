// What goes between WeChat and the county's server, in words for people who have never read its documents.

import { codeWords } from './codes.js'

/** The fields of a message in clear, XML or JSON; {} when it is neither. */
export function fieldsOf(message) {
  const text = (message ?? '').trim()
  if (text.startsWith('{')) {
    try { return JSON.parse(text) } catch { return {} }
  }
  if (!text.startsWith('<')) return {}
  const root = new DOMParser().parseFromString(text, 'text/xml').documentElement
  return root?.tagName === 'xml' ? childrenOf(root) : {}
}

function childrenOf(element) {
  const found = {}
  for (const child of element.children) {
    const value = child.children.length ? childrenOf(child) : child.textContent
    if (!(child.tagName in found)) found[child.tagName] = value
    else found[child.tagName] = [].concat(found[child.tagName], [value])
  }
  return found
}

/** The first `size` characters on one line, links as their words. */
export function clip(text, size = 42) {
  const line = String(text ?? '').replace(/<[^>]*>/g, '').replace(/\s+/g, ' ').trim()
  return line.length > size ? line.slice(0, size) + '…' : line
}

const MESSAGES = {
  text: fields => (fields.bizmsgmenuid ? `点了选项「${clip(fields.Content)}」` : `发来一句话：「${clip(fields.Content)}」`),
  image: () => '发来一张图片',
  voice: fields => (fields.Recognition ? `说了一段语音：「${clip(fields.Recognition)}」` : '发来一段语音'),
  video: () => '发来一段视频',
  shortvideo: () => '发来一段小视频',
  location: fields => `发来位置「${clip(fields.Label) || '未命名'}」`,
  link: fields => `转来一个链接「${clip(fields.Title)}」`,
  miniprogrampage: fields => `转来一张小程序卡片「${clip(fields.Title)}」`,
}

const popupAnswer = fields => {
  const nested = fields.SubscribeMsgPopupEvent?.List ?? fields.List
  const said = [].concat(nested ?? []).map(entry => entry.SubscribeStatusString)
  return said.includes('accept') ? '同意以后收到通知' : '不想收通知'
}
const massResult = fields => (fields.Status === 'send success' ? `成功 ${fields.SentCount} 人，失败 ${fields.ErrorCount} 人` : `没有发成（${fields.Status}）`)

const EVENTS = {
  subscribe: fields => (fields.EventKey ? `扫二维码关注了公众号（码上写着 ${fields.EventKey.replace(/^qrscene_/, '')}）` : '关注了公众号'),
  unsubscribe: () => '取消了关注',
  scan: fields => `扫了二维码（码上写着 ${fields.EventKey}）`,
  location: () => '的手机报告了所在位置',
  click: fields => `点了菜单（代号 ${fields.EventKey}）`,
  view: () => '从菜单打开了一个网页',
  view_miniprogram: () => '从菜单打开了小程序',
  scancode_push: () => '用菜单扫了码',
  scancode_waitmsg: () => '用菜单扫了码，等着回话',
  pic_sysphoto: () => '要用菜单拍照发图',
  pic_photo_or_album: () => '要用菜单发图片',
  pic_weixin: () => '要从相册发图片',
  location_select: () => '要用菜单发位置',
  user_enter_tempsession: () => '打开了小程序客服',
  subscribe_msg_popup_event: fields => popupAnswer(fields),
  subscribe_msg_change_event: () => '在设置里关掉了通知',
  user_info_modified: () => '改了个人资料',
  user_authorization_revoke: () => '撤回了授权，应当删除资料',
  user_authorization_cancellation: () => '注销了，应当删除资料',
}
const REPORTS = { // nobody did anything: the platform tells how a job went
  templatesendjobfinish: fields => `平台报告：模板消息${fields.Status === 'success' ? '已送到' : `没送到（${fields.Status}）`}`,
  masssendjobfinish: fields => `平台报告：群发结束，${massResult(fields)}`,
  publishjobfinish: () => '平台报告：文章发布的结果出来了',
  subscribe_msg_sent_event: () => '平台报告：订阅消息已送到',
  wxa_media_check: () => '平台报告：图片内容安全检查的结果',
}

/** A sentence about a push to the callback: what happened on the phone. */
export function pushSentence(entry, who) {
  const fields = fieldsOf(entry.message)
  if (entry.type !== 'event') return `${who} ${(MESSAGES[entry.type] ?? (() => `发来 ${entry.type}`))(fields)}`
  const name = entry.event.toLowerCase()
  if (REPORTS[name]) return REPORTS[name](fields)
  return `${who} ${(EVENTS[name] ?? (() => `触发了事件 ${entry.event}`))(fields)}`
}

const ANSWERS = {
  silent: () => '后台收到了，没有当场回话',
  transferred: () => '后台收到了，转给人工客服',
  image: () => '后台当场回了一张图片',
  voice: () => '后台当场回了一段语音',
  video: () => '后台当场回了一段视频',
  music: () => '后台当场回了一首音乐',
  news: fields => `后台当场回了图文「${clip([].concat(fields.Articles?.item ?? [])[0]?.Title)}」`,
  text: fields => `后台当场回了：「${clip(fields.Content)}」`,
}

/** Whether the platform itself reports, nobody's phone. */
export const isReport = entry => entry.type === 'event' && entry.event.toLowerCase() in REPORTS

/** What came of a push, and whether that is bad. */
export function pushResult(entry) {
  if (entry.result === 'failed') return { bad: true, text: reasonWords(entry) }
  const draw = ANSWERS[entry.result] ?? (() => '后台当场回了话')
  return { bad: false, text: draw(fieldsOf(entry.answer_opened)) }
}

function reasonWords({ reason = '', status }) {
  if (reason.startsWith('no answer')) return '后台 5 秒内没有回答，平台挂断了'
  if (reason.startsWith('status')) return `后台答了 ${status}，平台当作没办成`
  if (reason.startsWith('broken reply')) return '后台的回话平台读不懂'
  if (reason.includes('refused')) return '连不上后台，它没有在运行？'
  if (reason.startsWith('connection reset')) return '连接断了，后台有没有收到，平台不知道'
  return `没有送到：${reason}`
}

export const FAULTS = {
  latency: '故意慢', errcode: '故意报错', reset_before: '办事前断线', reset_after: '办完事断线', garbled: '内容弄乱',
  truncated: '内容截断', empty: '回答空着', duplicate: '送两遍', duplicate_concurrent: '两遍同时送', wrong_signature: '签名弄错',
}
export const faultWords = names => (names || '').split(',').filter(Boolean).map(name => FAULTS[name] ?? name).join('、')

const sentText = body => clip(body.text?.content ?? body.news?.articles?.[0]?.title ?? body.msgmenu?.head_content ?? body.miniprogrampage?.title ?? '')
const quoted = text => (text ? `：「${text}」` : '')

const CALLS = {
  '/cgi-bin/token': () => '后台领通行证（之后每次说话都要带着）',
  '/cgi-bin/stable_token': () => '后台领通行证（之后每次说话都要带着）',
  '/cgi-bin/message/custom/send': (body, who) => `后台给 ${who} 回话${quoted(sentText(body))}`,
  '/cgi-bin/message/custom/typing': (_body, who) => `后台让 ${who} 看到「对方正在输入」`,
  '/cgi-bin/message/template/send': (_body, who) => `后台给 ${who} 发模板消息`,
  '/cgi-bin/message/template/subscribe': (_body, who) => `后台给 ${who} 发一次性订阅消息`,
  '/cgi-bin/ticket/getticket': () => '后台要网页的票据',
  '/cgi-bin/message/subscribe/bizsend': (_body, who) => `后台给 ${who} 发订阅通知`,
  '/cgi-bin/message/subscribe/send': (_body, who) => `后台给 ${who} 发办理进度通知`,
  '/cgi-bin/message/mass/send': body => `后台群发给 ${body.touser?.length ?? 0} 位乡亲${quoted(sentText(body))}`,
  '/cgi-bin/message/mass/sendall': body => `后台群发给${body.filter?.is_to_all ? '全部乡亲' : '一组乡亲'}${quoted(sentText(body))}`,
  '/cgi-bin/message/mass/preview': (_body, who) => `后台把群发预览给 ${who} 看`,
  '/cgi-bin/message/mass/get': () => '后台问群发办得怎样',
  '/cgi-bin/menu/create': () => '后台更新公众号菜单',
  '/cgi-bin/menu/get': () => '后台查看公众号菜单',
  '/cgi-bin/menu/delete': () => '后台撤下公众号菜单',
  '/cgi-bin/menu/addconditional': () => '后台给一部分人换菜单',
  '/cgi-bin/get_current_selfmenu_info': () => '后台查看公众号菜单',
  '/cgi-bin/user/info': (_body, who) => `后台查询 ${who} 的关注情况`,
  '/cgi-bin/user/info/batchget': () => '后台查询一批乡亲的关注情况',
  '/cgi-bin/user/get': () => '后台读取关注者名单',
  '/cgi-bin/media/get': () => '后台取回乡亲发来的图片或语音',
  '/cgi-bin/media/upload': () => '后台上传一个临时素材',
  '/cgi-bin/media/uploadimg': () => '后台上传文章里的图片',
  '/cgi-bin/material/add_material': () => '后台上传一个永久素材',
  '/cgi-bin/draft/add': () => '后台存一份草稿',
  '/cgi-bin/freepublish/submit': () => '后台发布文章',
  '/cgi-bin/qrcode/create': () => '后台做一个带参数的二维码',
  '/sns/jscode2session': () => '小程序登录：后台拿一次性代码换身份',
  '/sns/oauth2/access_token': () => '网页登录：后台拿一次性代码换身份',
  '/wxa/business/getuserphonenumber': () => '后台拿一次性代码换手机号',
  '/wxa/msg_sec_check': () => '后台请平台检查一段文字是否妥当',
  '/wxa/media_check_async': () => '后台请平台检查一张图片是否妥当',
  '/wxa/getwxacodeunlimit': () => '后台做一个小程序码',
}

/** The openid a call is about, '' when it is about nobody in particular. */
export function aboutWhom(entry) {
  const { touser } = fieldsOf(entry.body)
  return typeof touser === 'string' ? touser : entry.query?.openid ?? ''
}

export function callSentence(entry, who) {
  const words = CALLS[entry.path]
  return words ? words(fieldsOf(entry.body), who) : `后台调用 ${entry.path}`
}

export function callResult(entry) {
  if (entry.status === null) return { bad: true, text: '连接断了，平台没有回答' }
  if (entry.errcode) return { bad: true, text: `平台不答应（${entry.errcode}）：${codeWords(entry.errcode)}` }
  const cut = (entry.fault || '').split(',').find(name => ['reset_after', 'garbled', 'truncated', 'empty'].includes(name))
  if (cut) return { bad: true, text: '平台办好了，但后台没有听清回答' }
  return { bad: false, text: entry.path.includes('/mass/send') ? '平台收下了，稍后送出' : '平台照办了' }
}

/** XML and JSON with line breaks, for reading. */
export function pretty(text) {
  const raw = (text ?? '').trim()
  if (/^[[{]/.test(raw)) {
    try { return JSON.stringify(JSON.parse(raw), null, 2) } catch { return raw }
  }
  return raw.startsWith('<') ? raw.replace(/>\s*<(?!\/|!)/g, '>\n<').replace(/(<\/[^>]+>)(?=<\/)/g, '$1\n') : raw
}
