//! The little that the Ledger needs of a SQL engine.

use std::fmt;

/// A value in a row. Secrets are hexadecimal text; there are no floats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number below 2^53, because one of the engines hands numbers over as doubles.
    Integer(i64),
    /// Text.
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The engine refused a statement, or a row is not what the schema says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError(pub String);

impl SqlError {
    /// A stored value that the schema does not allow. Say where, never what: this goes into a log.
    pub fn corrupt(what: impl fmt::Display) -> Self {
        Self(format!("corrupt ledger: {what}"))
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SqlError {}

/// One statement at a time, inside the transaction that the adapter opened.
pub trait Sql {
    /// Runs one statement with `?` for each argument in order; returns its rows, each with its columns in
    /// the order of the statement.
    fn query(&mut self, statement: &str, arguments: &[Value]) -> Result<Vec<Row>, SqlError>;
}

/// One row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// The text in this column (from 0).
    pub fn text(&self, column: usize) -> Result<&str, SqlError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(SqlError::corrupt(format_args!("column {column} is no text"))),
        }
    }

    /// The number in this column.
    pub fn integer(&self, column: usize) -> Result<i64, SqlError> {
        match self.0.get(column) {
            Some(Value::Integer(number)) => Ok(*number),
            _ => Err(SqlError::corrupt(format_args!("column {column} is no number"))),
        }
    }

    /// The number in this column, or nothing.
    pub fn optional_integer(&self, column: usize) -> Result<Option<i64>, SqlError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.integer(column).map(Some),
        }
    }

    /// The text in this column, or nothing.
    pub fn optional_text(&self, column: usize) -> Result<Option<&str>, SqlError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    /// The text in this column, read as an identifier or another type with a text form.
    pub fn parse<T: std::str::FromStr>(&self, column: usize) -> Result<T, SqlError> {
        self.text(column)?.parse().map_err(|_| SqlError::corrupt(format!("column {column} does not parse")))
    }
}
