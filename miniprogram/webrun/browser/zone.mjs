// Lets the page live in the follower's time zone, as the phone of somebody in Milan does. Only what reads the local
// time is changed; `new Date(year, month, …)` still means the computer's own zone, and the app does not use it.

export function liveIn(zone) {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  })
  const wall = date => { // the same wall-clock reading, as if it were UTC
    const part = Object.fromEntries(clock.formatToParts(date).map(({ type, value }) => [type, Number(value)]))
    return new Date(Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second))
  }
  for (const name of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes']) {
    Date.prototype['get' + name] = function () { return Number.isNaN(this.getTime()) ? NaN : wall(this)['getUTC' + name]() }
  }
  Date.prototype.getTimezoneOffset = function () { return Math.round((this - wall(this)) / 60000) }
}
