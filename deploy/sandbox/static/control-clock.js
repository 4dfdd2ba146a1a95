// 平台的时钟: move it, so that nobody has to wait for a token to expire or a window to close.

import * as api from './api.js'
import { everySecond, fullTime, movedBy, now, setClock, span } from './clocks.js'
import { attempt, fill, h, one, toast } from './dom.js'

const STEPS = [
  ['5 分钟', 300], ['2 小时（通行证过期）', 7200], ['48 小时（不能主动回话）', 172800], ['1 天', 86400], ['31 天（群发重新计数）', 2678400],
]

export async function showClock() {
  const steps = one('#clock-steps')
  const back = h('button', { class: 'secondary', type: 'button', on: { click: () => move(-movedBy()) } }, '回到真实时间')

  function move(seconds) {
    return attempt(async () => {
      await api.advance(seconds)
      await setClock()
      draw()
      toast(seconds > 0 ? `拨快了 ${span(seconds)}` : '回到了真实时间')
    })
  }
  function draw() {
    one('#clock-now').textContent = `${fullTime('Asia/Shanghai', now())}（北京）`
    one('#clock-moved').textContent = Math.abs(movedBy()) < 1 ? '和真实时间一样' : `比真实时间快 ${span(movedBy())}`
    back.hidden = Math.abs(movedBy()) < 1
  }
  fill(steps, STEPS.map(([label, seconds]) => h('button', { class: 'secondary', type: 'button', on: { click: () => move(seconds) } }, `+ ${label}`)), back)
  one('#clock-form').addEventListener('submit', event => {
    event.preventDefault()
    move(Number(one('#clock-minutes').value) * 60)
  })
  await setClock()
  everySecond(draw)
}
