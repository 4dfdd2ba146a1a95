// 五分钟导览: what a newcomer does first, ticked as it gets done.

import { now } from './clocks.js'
import { all, h, icon, one } from './dom.js'

const STORE = 'xiangyin-sandbox-tour'
const STEPS = [ // key, what, how, whether it is done in the console
  ['person', '选一位乡亲', '点左边的一位，或新建一位'],
  ['follow', '关注公众号', '点手机里的「关注」，看欢迎词'],
  ['ask', '问一句话', '随便打一句，比如「人工」'],
  ['case', '在小程序反映一件事', '点菜单「办事咨询」，填好提交'],
  ['answer', '到工作台答复', '答复后，通知会回到这部手机', true],
  ['letter', '寄一封节日家书', '在工作台寄出，看手机收到', true],
]

function remembered() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE))
    return { since: kept.since, done: new Set(kept.done) }
  } catch {
    return begun()
  }
}
const begun = () => ({ since: now().toISOString(), done: new Set() })

export function createTour() {
  const strip = one('#tour')
  const list = one('#tour-steps')
  const toggle = one('#tour-toggle')
  let { since, done } = remembered()

  list.append(...STEPS.map(([key, title, hint, isOutside], index) =>
    h('li', { 'data-step': key },
      h('span', { class: 'number', 'aria-hidden': true }, h('b', {}, index + 1), icon('tick')),
      h('span', { class: 'step' },
        (isOutside ? h('a', { class: 'step-title', 'data-console': 'always', target: '_blank', rel: 'noopener' }, title) : h('span', { class: 'step-title' }, title)), h('span', { class: 'unseen done-word' }),
        h('span', { class: 'step-hint' }, hint)))))

  function keep() {
    try { localStorage.setItem(STORE, JSON.stringify({ since, done: [...done] })) } catch { /* private window: the ticks go with it */ }
  }

  function draw() {
    let next = null
    for (const element of all('[data-step]', list)) {
      const isDone = done.has(element.dataset.step)
      element.classList.toggle('done', isDone)
      one('.done-word', element).textContent = isDone ? '（已完成）' : ''
      if (!isDone && !next) next = element
    }
    for (const element of all('[data-step]', list)) element.classList.toggle('next', element === next)
    one('#tour-count').textContent = `${done.size} / ${STEPS.length}`
    strip.classList.toggle('finished', done.size === STEPS.length)
  }

  toggle.addEventListener('click', () => {
    const isOpen = strip.classList.toggle('unfolded')
    toggle.setAttribute('aria-expanded', String(isOpen))
  })
  one('#tour-again').addEventListener('click', () => {
    ({ since, done } = begun())
    keep()
    draw()
  })
  keep()
  draw()

  return {
    /** Whether something happened after the tour began: what the seed brought does not count. */
    counts: item => item.at >= since,
    did(key) {
      if (done.has(key)) return
      done.add(key)
      keep()
      draw()
    },
  }
}
