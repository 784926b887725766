-- The view `spans` of `otrace schema --views`, if a server has it, and the table that it is over

SELECT extractGroups(as_select, '(?s).*\\bFROM (`(?:[^`\\\\]|\\\\.)+`|\\w+)\\.(`(?:[^`\\\\]|\\\\.)+`|\\w+)') AS over
FROM system.tables
WHERE database = 'otrace' AND name = 'spans'
