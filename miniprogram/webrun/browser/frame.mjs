// What WeChat draws around a page: the navigation bar, and the pull-down gesture.

/** Returns { draw({title, canGoBack, window}) }. */
export function createNavigationBar() {
  const bar = document.createElement('div')
  bar.id = 'mp-nav'
  bar.innerHTML = '<button class="mp-back" aria-label="返回">‹</button><span class="mp-title" role="heading" aria-level="1"></span><button class="mp-menu" aria-label="更多">•••</button>'
  document.body.append(bar)
  const [back, title, menu] = bar.children
  back.onclick = () => wx.navigateBack()
  menu.onclick = () => wx.__openType('share', null, 'menu')
  return {
    draw(text, canGoBack, style) {
      title.textContent = document.title = text
      back.hidden = !canGoBack
      Object.assign(bar.style, { background: style.navigationBarBackgroundColor || '#000', color: style.navigationBarTextStyle || 'white' })
    },
  }
}

const PULL_PX = 70

/** Calls `onPull` when a finger drags the page down from its very top; shows a line until `wx.stopPullDownRefresh`. */
export function createPullDown(isEnabled, onPull) {
  const line = Object.assign(document.createElement('div'), { className: 'mp-pull', textContent: '刷新中…', hidden: true })
  document.body.append(line)
  let startY = null
  addEventListener('touchstart', event => { startY = isEnabled() && scrollY <= 0 ? event.touches[0].clientY : null }, { passive: true })
  addEventListener('touchend', event => {
    if (startY === null || event.changedTouches[0].clientY - startY < PULL_PX) return
    line.hidden = false
    onPull()
  }, { passive: true })
  return { stop() { line.hidden = true } }
}
