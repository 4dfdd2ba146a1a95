import test from 'node:test'
import assert from 'node:assert/strict'
import './phone'
import { day, greeting, moment, monthDay, offsetName, zoneNote } from '../src/utils/dates'

/** Runs with the computer's zone set as if it were the phone's. */
function inZone(zone: string, work: () => void) {
  const before = process.env.TZ
  process.env.TZ = zone
  try { work() } finally { if (before === undefined) delete process.env.TZ; else process.env.TZ = before }
}

test('instants are told on the clock of the phone', () => {
  const now = new Date('2026-11-20T22:19:00Z')
  inZone('Europe/Rome', () => {
    assert.equal(moment('2026-11-20T22:05:00Z', now), '今天 23:05')
    assert.equal(moment('2026-11-19T22:05:00Z', now), '昨天 23:05')
    assert.equal(moment('2026-07-01T22:05:00Z', now), '7月2日 00:05') // summer time, and already the next day
    assert.equal(moment('2025-12-31T23:30:00Z', now), '1月1日 00:30')
    assert.equal(moment('2025-12-31T22:30:00Z', now), '2025年12月31日 23:30')
  })
  inZone('Asia/Shanghai', () => assert.equal(moment('2026-11-20T22:05:00Z', now), '今天 06:05'))
  assert.equal(moment('nonsense', now), '')
})

test('whose clock it is, is said where it is not China’s', () => {
  const now = new Date('2026-11-20T12:00:00Z')
  inZone('Asia/Shanghai', () => assert.equal(zoneNote(now), ''))
  inZone('Europe/Rome', () => assert.match(zoneNote(now), /UTC\+1/))
  inZone('Asia/Kolkata', () => assert.equal(offsetName(now), 'UTC+5:30'))
  inZone('America/St_Johns', () => assert.equal(offsetName(now), 'UTC-3:30'))
  inZone('UTC', () => assert.equal(offsetName(now), 'UTC+0'))
})

test('days of the county do not move with the phone', () => {
  inZone('America/Los_Angeles', () => {
    assert.equal(day('2026-12-05'), '2026年12月5日')
    assert.equal(monthDay('2026-12-22'), '12月22日')
  })
})

test('greets by the hour', () => {
  inZone('UTC', () => {
    const at = (hour: number) => greeting(new Date(Date.UTC(2026, 10, 20, hour)))
    assert.deepEqual([4, 5, 8, 9, 11, 12, 17, 18, 23].map(at), ['晚上好', '早上好', '早上好', '上午好', '上午好', '下午好', '下午好', '晚上好', '晚上好'])
  })
})
