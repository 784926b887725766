-- Whether there are the views of `otrace schema --views`

SELECT count() AS views FROM system.tables WHERE database = 'otrace' AND name IN ('spans', 'red')
