// The platform's time, and what wall clocks around the world show at it.

import * as api from './api.js'

let ahead = 0 // milliseconds between this computer and the platform
let advanced = 0 // seconds that somebody moved the platform's clock

export async function setClock() {
  const told = await api.clock()
  ahead = Date.parse(told.now) - Date.now()
  advanced = told.advanced
  return told
}

export const now = () => new Date(Date.now() + ahead)
export const movedBy = () => advanced

const formats = new Map()
function format(zone, options) {
  const key = zone + JSON.stringify(options)
  if (!formats.has(key)) {
    let made
    try {
      made = new Intl.DateTimeFormat('zh-CN', { ...options, hourCycle: 'h23', timeZone: zone })
    } catch {
      made = new Intl.DateTimeFormat('zh-CN', { ...options, hourCycle: 'h23', timeZone: 'UTC' })
    }
    formats.set(key, made)
  }
  return formats.get(key)
}

const HM = { hour: '2-digit', minute: '2-digit' }
const HMS = { ...HM, second: '2-digit' }
const DAY = { year: 'numeric', month: '2-digit', day: '2-digit' }
const HOME = 'Asia/Shanghai'

export const hourMinute = (zone, at = now()) => format(zone, HM).format(at)
export const wallClock = (zone, at = now()) => format(zone, HMS).format(at)
export const fullTime = (zone, at) => format(zone, { ...DAY, ...HMS }).format(at)

/** 昨天 or 明天 as seen from the home county, '' for the same day. */
export function dayThere(zone, at = now()) {
  const there = format(zone, DAY).format(at)
  const home = format(HOME, DAY).format(at)
  return there === home ? '' : there < home ? '昨天' : '明天'
}

/** Whether decent people sleep there: 22 to 7. */
export function isNight(zone, at = now()) {
  const hour = Number(format(zone, HM).format(at).slice(0, 2))
  return hour >= 22 || hour < 7
}

/** Call back at every full second while the page is looked at. */
export function everySecond(tick) {
  tick()
  setInterval(() => document.hidden || tick(), 1000)
}

/** 3 秒、5 分钟、2 小时、31 天. */
export function span(seconds) {
  const size = Math.abs(seconds)
  const [unit, name] = size >= 172800 ? [86400, '天'] : size >= 3600 ? [3600, '小时'] : size >= 60 ? [60, '分钟'] : [1, '秒']
  return `${Math.round((size / unit) * 10) / 10} ${name}`
}
