drop table file_blob;
