// Begins the trace page.
import './page.css'
import './trace.css'
import './detail.css'
import { rearrange } from './draw.js'
import { head } from './head.js'
import './keys.js'
import { choose } from './moves.js'
import './pointer.js'
import { openSome } from './tree.js'
import { view } from './view.js'

head()
openSome(250)
rearrange()
choose(view.rows[0])
