"""What happens to records before they are kept: masked, checked, and dropped where they say nothing new."""
