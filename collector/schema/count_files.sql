SELECT count() AS files FROM file({files:String}, 'One')
