// Begins the trace page.
import { head } from './head.js'
import './keys.js'
import { choose } from './moves.js'
import './pointer.js'
import { openRows, openSome } from './tree.js'
import { view } from './view.js'

head()
openSome(250)
view.rows = openRows()
choose(view.rows[0])
