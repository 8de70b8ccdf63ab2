"""The paper's rivals (table 4): a student of the baseline's size that learns from a teacher."""
