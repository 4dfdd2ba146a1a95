import test from 'node:test'
import assert from 'node:assert/strict'
import './phone'
import { fill, speak, strings } from '../src/utils/i18n'
import { needsEmergencyLine } from '../src/utils/site'

test('fills in what is given and leaves the rest visible', () => {
  assert.equal(fill('再过 {n} 天是{name}', { n: 3, name: '冬至' }), '再过 3 天是冬至')
  assert.equal(fill('{unknown}', {}), '{unknown}')
})

test('speaks simplified Chinese where a catalogue is missing', () => {
  speak('it')
  assert.equal(strings().cases.title, '我的诉求')
  speak('zh-Hans')
})

test('shows 12308 to everybody who is not known to live in China', () => {
  assert.deepEqual(['CN', 'IT', '', null, undefined].map(needsEmergencyLine), [false, true, true, true, true])
})
