-- How many spans of more than a day begin in the week before a window's day, and reach into the window
--
-- The window and the least duration are those of the source: an index on durations finds them. `of_user` chooses the
-- spans of a user, and `with_events` those with an event in the window.

SELECT count() AS spans
FROM spans
WHERE toUnixTimestamp64Nano(time) + duration >= {reached:Int64}
  AND if(/*+ of_user */1, of_user AND {user_id:String} != '', 1)
  AND if(/*+ with_events */1, arrayExists(
    at -> at >= {events_from:DateTime64(9, 'UTC')} AND at < {events_to:DateTime64(9, 'UTC')}, event_time), 1)
