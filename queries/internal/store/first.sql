-- Start of the first span in ns since 1970, 0 without spans

SELECT if(count() = 0, 0, toUnixTimestamp64Nano(min(spans.time))) AS first FROM spans
