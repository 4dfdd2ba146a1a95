// Instants in the time of the reader's own phone, days in China's. Intl is missing on many Android phones: not used.
import { fill, strings } from './i18n'

const CHINA_OFFSET_MINUTES = -480 // as Date.getTimezoneOffset() counts: UTC+8
const two = (n: number) => String(n).padStart(2, '0')
const isSameDay = (a: Date, b: Date) => a.getFullYear() === b.getFullYear() && a.getMonth() === b.getMonth() && a.getDate() === b.getDate()

/** "今天 23:19", "11月20日 23:19", "2025年11月20日 23:19": an ISO instant on the phone's own clock. */
export function moment(iso: string, now: Date): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return ''
  const t = strings().dates
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`
  if (isSameDay(at, now)) return `${t.today} ${clock}`
  if (isSameDay(at, new Date(now.getTime() - 86400000))) return `${t.yesterday} ${clock}`
  const day = { y: at.getFullYear(), m: at.getMonth() + 1, d: at.getDate() }
  return `${fill(at.getFullYear() === now.getFullYear() ? t.monthDay : t.day, day)} ${clock}`
}

/** "2026年12月5日" of "2026-12-05". */
export function day(date: string): string {
  const [y, m, d] = date.split('-').map(Number)
  return fill(strings().dates.day, { y, m, d })
}
/** "12月5日" of "2026-12-05". */
export function monthDay(date: string): string {
  const [, m, d] = date.split('-').map(Number)
  return fill(strings().dates.monthDay, { m, d })
}

/** "UTC+1", "UTC+5:30", "UTC-3". */
export function offsetName(now: Date): string {
  const minutes = -now.getTimezoneOffset()
  const hours = Math.floor(Math.abs(minutes) / 60)
  const rest = Math.abs(minutes) % 60
  return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest ? ':' + two(rest) : ''}`
}

/** A line saying whose clock is meant; empty on a phone that shows China's time, where there is no doubt. */
export function zoneNote(now: Date): string {
  return now.getTimezoneOffset() === CHINA_OFFSET_MINUTES ? '' : fill(strings().dates.zoneNote, { zone: offsetName(now) })
}

/** "早上好", by the phone's clock. */
export function greeting(now: Date): string {
  const t = strings().greeting
  const hour = now.getHours()
  if (hour >= 5 && hour < 9) return t.morning
  if (hour < 12 && hour >= 9) return t.forenoon
  if (hour >= 12 && hour < 18) return t.afternoon
  return t.evening
}
